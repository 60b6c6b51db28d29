//! Calibrations: their signal, their file and their result.

use super::{class, file};
use crate::app::gui::sound::SoundError;
use crate::app::gui::text::message::InChinese;
use crate::guided::calibrate::{CalibrateError, Doubt};
use crate::runtime::feed::FeedError;
use crate::runtime::session_file::{NotWritten, WriteFault};

impl InChinese for CalibrateError {
    fn chinese(&self) -> String {
        match self {
            Self::Source(error) => error.chinese(),
            Self::Fit(error) => error.chinese(),
            Self::Switch(error) => error.chinese(),
            Self::Looks(error) => error.chinese(),
            Self::LookingModel(error) => error.chinese(),
            Self::LookingFile(error) => error.chinese(),
            Self::Starter(error) => error.chinese(),
            Self::OneClass { class: name } => {
                format!("只有一个类别“{}”，无法与其他状态区分", class(name))
            }
            Self::NoRecording => "没有记录".to_owned(),
            Self::Unconfirmed(Doubt::NoGo) => "没有保存：它与随机猜测无异".to_owned(),
            Self::Unconfirmed(Doubt::Worse) => "没有保存：目前使用的解码器更好".to_owned(),
            Self::Store(error) => error.chinese(),
            Self::Profile(error) => error.chinese(),
        }
    }
}

impl InChinese for FeedError {
    fn chinese(&self) -> String {
        match self {
            Self::Ended => "记录已播放完毕".to_owned(),
            Self::Source(error) => error.chinese(),
        }
    }
}

impl InChinese for WriteFault {
    fn chinese(&self) -> String {
        match self {
            Self::TooSlow => "磁盘太慢".to_owned(),
            Self::Io(cause) => cause.chinese(),
            Self::Thread => "写入时程序出错".to_owned(),
        }
    }
}

impl InChinese for NotWritten {
    fn chinese(&self) -> String {
        format!("无法写入 {}：{}", file(&self.path), self.fault.chinese())
    }
}

impl InChinese for SoundError {
    fn chinese(&self) -> String {
        "这里无法播放声音。接了扬声器吗？提示将没有声音".to_owned()
    }
}
