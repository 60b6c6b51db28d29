//! Decoders and face switches: what they are fitted on, and their files.

use super::{class, listed, quoted};
use crate::app::gui::text::message::InChinese;
use crate::starters::NoStarter;
use bci_cursor_calibration::damage::Damage;
use bci_cursor_calibration::eigen::NotFinite;
use bci_cursor_calibration::face_switch::{NotASwitch, SwitchDamage, SwitchFileError};
use bci_cursor_calibration::{DatasetError, DecoderError};

impl InChinese for NotFinite {
    fn chinese(&self) -> String {
        format!("{} 个通道的协方差含有无效数值", self.order)
    }
}

impl InChinese for DatasetError {
    fn chinese(&self) -> String {
        match self {
            Self::TooFewClasses { found } => format!("解码器至少需要两个类别，现有 {found} 个"),
            Self::TooFewTrials {
                class: name,
                found,
                needed,
            } => format!(
                "类别“{}”只有 {found} 个试次，至少需要 {needed} 个",
                class(name)
            ),
            Self::NotFinite(error) => error.chinese(),
            Self::Degenerate => "所有试次都一样：信号没有变化吗？".to_owned(),
        }
    }
}

impl InChinese for NoStarter {
    fn chinese(&self) -> String {
        format!(
            "没有适合这些电极的初始解码器：至少需要 {}，现有 {}。请接好它们，或先校准",
            listed(&self.needed),
            listed(&self.found)
        )
    }
}

/// Where a file is not JSON of the right form.
fn place(error: &serde_json::Error) -> String {
    format!("第 {} 行第 {} 列有误", error.line(), error.column())
}

impl InChinese for DecoderError {
    fn chinese(&self) -> String {
        match self {
            Self::Malformed(error) => format!("不是解码器文件：{}", place(error)),
            Self::Format { found } => {
                format!("不是解码器文件：其中的“format”为{}", quoted(found))
            }
            Self::Version { found } => format!(
                "解码器文件的格式版本是 {found}，本程序不能读取：请更新 bci-cursor，或重新校准"
            ),
            Self::Inconsistent(damage) => {
                format!("解码器文件已损坏：{}。请重新校准", damage.chinese())
            }
        }
    }
}

impl InChinese for Damage {
    fn chinese(&self) -> String {
        match self {
            Self::Counts {
                channels,
                bands,
                classes,
            } => format!("有 {channels} 个通道、{bands} 个频带和 {classes} 个类别"),
            Self::Rate { rate_hz } => format!("采样率为 {rate_hz} 赫兹"),
            Self::IdleGate { threshold } => format!("静息门限为 {threshold}，应为 0 至 1"),
            Self::Window { window_ms, hop_ms } => {
                format!("窗长 {window_ms} 毫秒，步长 {hop_ms} 毫秒")
            }
            Self::Shrinkage { shrinkage } => format!("收缩系数为 {shrinkage}，应为 0 至 1"),
            Self::SpatialMap => "空间映射与频带或通道的数目不符".to_owned(),
            Self::References => "参考矩阵与投影不符".to_owned(),
            Self::Scales { bands, scales } => {
                format!("有 {bands} 个频带，但有 {scales} 个比例系数")
            }
            Self::Classes { classes, rows } => {
                format!("有 {classes} 个类别，但有 {rows} 行权重")
            }
            Self::Features { features, weights } => {
                format!("有 {features} 个特征，但有 {weights} 个权重")
            }
            Self::NumberNotFinite => "含有无效数值".to_owned(),
            Self::ReferenceNotFinite => "参考矩阵或比例系数含有无效数值".to_owned(),
            Self::WeightNotFinite => "权重含有无效数值".to_owned(),
            Self::NotFinite(error) => error.chinese(),
        }
    }
}

impl InChinese for NotASwitch {
    fn chinese(&self) -> String {
        match self {
            Self::TooLittle { cues, rest_s } => format!(
                "只有 {cues} 次动作和 {rest_s:.0} 秒无动作的信号，不够训练和检验：请多做几次，中间多休息"
            ),
            Self::Unclear {
                cues,
                hits,
                rest_s,
                false_activations,
            } => format!(
                "{cues} 次动作中识别了 {hits} 次，{rest_s:.0} 秒无动作时误响应 {false_activations} 次，不能用作开关。请把动作做得更明显，检查太阳穴（咬牙）或前额（眨眼）处的电极，或换一个动作"
            ),
        }
    }
}

impl InChinese for SwitchFileError {
    fn chinese(&self) -> String {
        match self {
            Self::Malformed(error) => format!("不是开关文件：{}", place(error)),
            Self::Format { found, version } => format!(
                "不是本程序能读取的开关文件：其中的“format”为{}，版本为 {version}",
                quoted(found)
            ),
            Self::Inconsistent(damage) => {
                format!("开关文件已损坏：{}。请重新训练", damage.chinese())
            }
        }
    }
}

impl InChinese for SwitchDamage {
    fn chinese(&self) -> String {
        match self {
            Self::Channels { channels, signs } => {
                format!("有 {channels} 个通道，但有 {signs} 个符号")
            }
            Self::Sign => "有一个符号既不是 1 也不是 -1".to_owned(),
            Self::Threshold { threshold_uv } => format!("阈值为 {threshold_uv} 微伏"),
            Self::Ceiling { ceiling_uv } => format!("上限为 {ceiling_uv} 微伏"),
            Self::Mains { mains_hz } => format!("工频为 {mains_hz} 赫兹"),
            Self::Pulses(pulses) => format!(
                "动作设定无效：{} 毫秒内 {} 次，每次 {} 至 {} 毫秒",
                pulses.within_ms, pulses.times, pulses.shortest_ms, pulses.longest_ms
            ),
        }
    }
}
