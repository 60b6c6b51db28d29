//! Recordings of looks, and responses to codes.

use super::{file, listed, quoted};
use crate::app::gui::text::message::InChinese;
use crate::fit::looking::LooksError;
use crate::looking::LookingModelError;
use crate::patient::looking::LookingFileError;
use crate::runtime::presenter::TagsError;
use bci_cursor_calibration::looking::cvep::CvepError;

impl InChinese for LooksError {
    fn chinese(&self) -> String {
        match self {
            Self::Source(error) => error.chinese(),
            Self::Fit(error) => error.chinese(),
            Self::Filter { path, error } => format!("{}：{}", file(path), error.chinese()),
            Self::NoStimulus { path, marker } => format!(
                "{}：标记（如{}）指出了目标，但没有类型为 Stimulus 的流说明每个目标显示了什么",
                file(path),
                quoted(marker)
            ),
            Self::NoTarget { path } => format!(
                "{}：Stimulus 流说明了显示的内容，但没有“trial target=3”这样的标记说明注视了什么",
                file(path)
            ),
            Self::NoFrame { path } => format!("{}：Stimulus 流中没有任何帧", file(path)),
            Self::OtherClock { path } => format!(
                "{}：Stimulus 流的所有帧与脑电不在同一时间，说明两者的时钟不同。请用能保存时钟偏差的程序（如 LabRecorder）记录",
                file(path)
            ),
            Self::UnknownTarget {
                path,
                target,
                labels,
            } => format!(
                "{}：标记指出了目标{}，但 Stimulus 流只有 {} 个通道",
                file(path),
                quoted(target),
                labels.len()
            ),
            Self::SteadyTarget { path, target, at_s } => format!(
                "{}：在 {at_s:.1} 秒处的注视中，目标{}的亮度没有变化，因此无法识别",
                file(path),
                quoted(target)
            ),
            Self::NoLooks { path } => format!(
                "{}：不是注视的记录。需要 XDF 文件，其中有类型为 Stimulus 的流和“trial target=3”这样的标记",
                file(path)
            ),
            Self::Electrodes(error) => error.chinese(),
            Self::BadElectrodes { bad } => format!(
                "视觉皮层上的所有电极大部分时间信号都不好：{}。请检查接触后重新记录",
                listed(bad)
            ),
            Self::OtherElectrodes { path, missing } => format!(
                "{}：缺少第一个记录中的通道{}。请使用电极相同的记录",
                file(path),
                quoted(missing)
            ),
            Self::FewLooks { found, needed } => {
                format!("只有 {found} 次已知目标的注视，至少需要 {needed} 次：请记录更多")
            }
            Self::ShortLooks {
                longest_s,
                needed_s,
            } => format!("最长的注视只有 {longest_s:.2} 秒，至少需要 {needed_s} 秒"),
            Self::Response(error) => error.chinese(),
        }
    }
}

impl InChinese for TagsError {
    fn chinese(&self) -> String {
        match self {
            Self::Start { .. } => "无法启动显示标记的程序".to_owned(),
            Self::NotReady => "显示标记的程序没有及时准备好".to_owned(),
            // Its own words, in English.
            Self::Failed { reason } => format!("无法显示标记（{reason}）"),
            Self::Ended => "显示标记的程序已意外结束".to_owned(),
        }
    }
}

impl InChinese for CvepError {
    fn chinese(&self) -> String {
        match self {
            Self::Flat => "所有注视中的脑电都是平的：请检查电极".to_owned(),
            Self::NotFinite => "脑电或标记的亮度中有无效的数值".to_owned(),
            Self::TooFewTrials { found, needed } => {
                format!("至少需要 {needed} 次注视，只有 {found} 次")
            }
            other => format!("无法使用对编码的响应（{other}）"),
        }
    }
}

impl InChinese for LookingModelError {
    fn chinese(&self) -> String {
        match self {
            Self::Version { found } => format!(
                "对编码的响应是另一个版本（{found}）的程序保存的：请使用更新的程序，或重新校准"
            ),
            Self::Channels { found, expected } => {
                format!("对编码的响应有 {found} 个通道名，应为 {expected} 个")
            }
            Self::SameLabel { label } => {
                format!("对编码的响应中有两个通道都叫{}", quoted(label))
            }
        }
    }
}

impl InChinese for LookingFileError {
    fn chinese(&self) -> String {
        match self {
            Self::Store(error) => error.chinese(),
            Self::Profile(error) => error.chinese(),
            Self::Read { path, cause } => format!("无法读取 {}：{}", file(path), cause.chinese()),
            Self::Write { path, cause } => format!("无法写入 {}：{}", file(path), cause.chinese()),
            Self::Malformed { path, .. } => format!(
                "{} 不是可用的编码响应。请重新校准注视选择，或使用不需要它的闪烁标记",
                file(path)
            ),
        }
    }
}
