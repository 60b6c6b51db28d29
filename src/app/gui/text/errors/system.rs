//! What the operating system says.

use crate::app::gui::text::message::InChinese;
use std::io::{self, ErrorKind};

impl InChinese for io::Error {
    fn chinese(&self) -> String {
        let known = match self.kind() {
            ErrorKind::NotFound => "没有这个文件或文件夹",
            ErrorKind::PermissionDenied => "没有访问权限",
            ErrorKind::AlreadyExists => "已经存在",
            ErrorKind::StorageFull => "磁盘已满",
            ErrorKind::QuotaExceeded => "超出磁盘配额",
            ErrorKind::ReadOnlyFilesystem => "磁盘是只读的",
            ErrorKind::FileTooLarge => "文件过大",
            ErrorKind::NotADirectory => "不是文件夹",
            ErrorKind::IsADirectory => "是文件夹而不是文件",
            ErrorKind::InvalidFilename => "文件名无效",
            ErrorKind::ResourceBusy | ErrorKind::WouldBlock => "正被其他程序占用",
            ErrorKind::TimedOut => "没有及时响应",
            ErrorKind::ConnectionRefused => "连接被拒绝",
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::BrokenPipe => "连接已断开",
            ErrorKind::UnexpectedEof => "数据提前结束",
            ErrorKind::InvalidData => "数据无效",
            ErrorKind::OutOfMemory => "内存不足",
            // Others are rare, and new ones may come with the standard library.
            _ => {
                return match self.raw_os_error() {
                    Some(number) => format!("系统错误 {number}"),
                    None => "系统错误".to_owned(),
                };
            }
        };
        known.to_owned()
    }
}
