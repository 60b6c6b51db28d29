//! Runs that cannot start, or cannot continue, and what a running driver refuses.

use super::quoted;
use crate::app::gui::text::message::InChinese;
use crate::app::running::RequestError;
use crate::patient::store::StoreError;
use crate::pointer::PointerError;
use crate::runtime::RunError;

impl InChinese for RequestError {
    fn chinese(&self) -> String {
        match self {
            Self::Busy => "驱动程序正忙，请再试一次".to_owned(),
            Self::Settings(error) => error.chinese(),
            Self::Profile(error) => error.chinese(),
            Self::Unknown(request) => {
                format!("驱动程序不认识请求{}：版本不同吗？", quoted(request))
            }
            Self::Status(_) => "无法生成状态报告".to_owned(),
        }
    }
}

impl InChinese for PointerError {
    fn chinese(&self) -> String {
        match self {
            Self::Open { display, .. } => format!(
                "无法控制显示器{}上的指针：显示器存在吗？程序有权访问它吗？",
                quoted(display)
            ),
            Self::Wayland { display, .. } => format!(
                "无法控制 Wayland 显示器{}的指针：合成器在运行吗？它提供虚拟指针吗？",
                quoted(display)
            ),
            Self::Uinput { .. } => {
                "无法在系统内核中创建鼠标：/dev/uinput 存在吗？程序有权打开它吗？".to_owned()
            }
            Self::NoneFits { .. } => "没有适合当前桌面会话的指针".to_owned(),
            Self::Dongle { port, .. } => {
                format!("端口{}上的鼠标板没有响应：接好了吗？", quoted(port))
            }
            Self::Board { .. } => {
                "移动指针的进程无法工作：桌面是否允许控制指针？USB 线和端口是否就绪？蓝牙是否打开？"
                    .to_owned()
            }
            Self::ConsentEnded => {
                "桌面已结束对指针的远程控制（有人停止了它，或屏幕已锁定）。请重新开始运行"
                    .to_owned()
            }
            Self::Guard { .. } => {
                "无法启动负责松开按键的守护进程，因此不能按键：请重新安装 bci-cursor".to_owned()
            }
            Self::Watch { .. } => "无法观察指针的移动".to_owned(),
            Self::Overlay { .. } => "无法显示指针旁的标记。指针不受影响".to_owned(),
            Self::Apply { .. } => "无法移动指针：显示器断开了吗？".to_owned(),
        }
    }
}

impl InChinese for RunError {
    fn chinese(&self) -> String {
        match self {
            Self::Source(error) => error.chinese(),
            Self::Pipeline(error) => error.chinese(),
            Self::Pointer(error) => error.chinese(),
            Self::Recording(error) => {
                let known = error.downcast_ref::<StoreError>();
                known.map_or_else(|| "无法建立记录文件".to_owned(), StoreError::chinese)
            }
            Self::DecoderFile(error) => error.chinese(),
            Self::Tags(_) => "无法显示供注视的标记".to_owned(),
            Self::Thread(error) => format!("无法启动线程：{}", error.chinese()),
            Self::Panicked(thread) => {
                format!("程序出错（{thread} 线程），所有按键已松开。请连同日志一起报告")
            }
        }
    }
}
