//! Signals that do not fit what is to be done with them.

use super::{class, classes, listed};
use crate::app::gui::text::message::InChinese;
use crate::command::MOST_CODES;
use crate::conditioning::design::{DesignError, MAX_ORDER};
use crate::decoding::{FaceError, RoleError};
use crate::looking::LookingError;
use crate::pipeline::PipelineError;
use crate::preprocessing::LayoutError;

impl InChinese for DesignError {
    fn chinese(&self) -> String {
        match self {
            Self::Edges {
                low_hz,
                high_hz,
                rate,
            } => format!(
                "采样率 {} 赫兹时无法使用 {low_hz} 至 {high_hz} 赫兹的滤波器：请提高设备的采样率",
                rate.hz()
            ),
            Self::Order { found } => {
                format!("无法使用 {found} 阶巴特沃斯滤波器：应为 1 至 {MAX_ORDER} 阶")
            }
        }
    }
}

impl InChinese for LayoutError {
    fn chinese(&self) -> String {
        match self {
            Self::MissingChannels {
                missing,
                needed,
                found,
            } => format!(
                "需要 {needed} 个电极，缺少 {} 个：{}。现有：{}。请接好缺少的电极，或用现有电极重新校准",
                missing.len(),
                listed(missing),
                listed(found)
            ),
            Self::Rate { found, expected } => {
                let (found, expected) = (found.hz(), expected.hz());
                format!(
                    "信号的采样率是 {found} 赫兹，而解码器需要 {expected} 赫兹：请把设备设为 {expected} 赫兹，或重新校准"
                )
            }
            Self::Design(error) => error.chinese(),
        }
    }
}

impl InChinese for RoleError {
    fn chinese(&self) -> String {
        match self {
            Self::Axis { found } => format!(
                "axis 和 steer 模式需要恰好两个移动指针的类别，该解码器有 {} 个：{}",
                found.len(),
                classes(found)
            ),
            Self::Cartesian { found } => format!(
                "cartesian 模式需要左、右、上、下四个类别，该解码器有：{}",
                classes(found)
            ),
            Self::NoRegressor => "continuous 模式需要带有回归的解码器".to_owned(),
            Self::Class { wanted, found } => format!(
                "没有用来按压或换轴的类别“{}”，该解码器有：{}",
                class(wanted),
                classes(found)
            ),
            Self::NoFace => "用面部动作换轴需要面部开关".to_owned(),
            Self::Switch { found } => format!("只有 axis 模式可以换轴，现在是 {found} 模式"),
        }
    }
}

impl InChinese for FaceError {
    fn chinese(&self) -> String {
        match self {
            Self::MissingChannels { missing, found } => format!(
                "面部开关需要的电极不在：{}。现有：{}。请接好它们，或用现有电极重新训练",
                listed(missing),
                listed(found)
            ),
            Self::Design(error) => format!("面部开关不能用于这个信号：{}", error.chinese()),
        }
    }
}

impl InChinese for PipelineError {
    fn chinese(&self) -> String {
        match self {
            Self::Layout(error) => error.chinese(),
            Self::Role(error) => error.chinese(),
            Self::Face(error) => error.chinese(),
            Self::Looking(error) => error.chinese(),
            Self::NothingToDecode => {
                "没有可识别的内容：既没有运动想象的解码器，也没有设置注视选择".to_owned()
            }
            Self::Decoder(error) => error.chinese(),
        }
    }
}

impl InChinese for LookingError {
    fn chinese(&self) -> String {
        match self {
            Self::NoElectrode { found } => format!(
                "注视选择需要视觉皮层上的电极（如 Oz、O1、O2、POz）。现有：{}。请接好其中几个",
                listed(found)
            ),
            Self::MissingChannels { missing, found } => format!(
                "个人的编码响应是用这些通道拟合的，而此信号缺少：{}。现有：{}。请接好它们，或用现有电极重新拟合",
                listed(missing),
                listed(found)
            ),
            Self::Model(_) | Self::Response(_) => "个人的编码响应无法使用".to_owned(),
            Self::Codes { found } => {
                format!("设置了 {found} 个闪烁频率，应为 1 到 {MOST_CODES} 个")
            }
            Self::Design(error) => format!("注视选择不能用于这个信号：{}", error.chinese()),
            Self::Prior(_) | Self::NotFinite(_) => "程序自带的视觉响应表已损坏".to_owned(),
        }
    }
}
