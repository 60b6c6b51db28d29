//! Files of patients.

use super::{file, listed, quoted};
use crate::app::gui::text::message::InChinese;
use crate::nearest::nearest;
use crate::patient::profile::{ProfileError, ProfileFault};
use crate::patient::store::StoreError;

impl InChinese for StoreError {
    fn chinese(&self) -> String {
        match self {
            Self::Patient { found } => format!(
                "{}不能用作患者名：只能使用字母、数字、“-”、“_”和“.”，且不能以“.”开头",
                quoted(found)
            ),
            Self::Unknown { name, known } => {
                let meant = match nearest(name, known) {
                    Some(nearest) => format!("您是指{}吗？", quoted(nearest)),
                    None if known.is_empty() => "还没有任何患者".to_owned(),
                    None => format!("已有：{}", listed(known)),
                };
                format!("没有名为{}的患者。{meant}", quoted(name))
            }
            Self::NoHome => {
                "没有存放患者数据的文件夹：请设置环境变量 XDG_DATA_HOME 或 HOME".to_owned()
            }
            Self::Io { path, cause } => format!("无法创建 {}：{}", file(path), cause.chinese()),
            Self::Open { path, cause } => format!(
                "{} 中的文件仍可被这台电脑的其他用户读取：{}",
                file(path),
                cause.chinese()
            ),
            Self::Exists { path } => {
                format!("{} 已存在，不会覆盖：请使用另一个文件名", file(path))
            }
        }
    }
}

impl InChinese for ProfileError {
    fn chinese(&self) -> String {
        match self {
            Self::Store(error) => error.chinese(),
            Self::Read { path, cause } => format!("无法读取 {}：{}", file(path), cause.chinese()),
            Self::Write { path, cause } => {
                format!("无法写入 {}：{}。更改没有保存", file(path), cause.chinese())
            }
            Self::Malformed { path, fault } => format!(
                "{} 不是可用的设置文件：{}。请改正或删除它；删除后使用默认设置",
                file(path),
                fault.chinese()
            ),
            Self::Settings(error) => error.chinese(),
            Self::FlickerNotAllowed { patient } => format!(
                "患者{}尚未允许使用闪烁的标记：必须先询问是否有光敏性癫痫",
                quoted(patient)
            ),
            Self::NoPast => "没有可以撤销的更改".to_owned(),
        }
    }
}

impl InChinese for ProfileFault {
    fn chinese(&self) -> String {
        let at =
            |line: &Option<usize>| line.map_or_else(String::new, |line| format!("第 {line} 行："));
        match self {
            Self::Toml { line, .. } => format!("{}不符合 TOML 格式", at(line)),
            Self::Setting { line, error } => format!("{}{}", at(line), error.chinese()),
            Self::ModelNotText { line, name } => {
                format!("第 {line} 行：{}应为引号中的文件名", quoted(name))
            }
            Self::NotDate { line, name } => {
                format!("第 {line} 行：{}应为引号中的日期", quoted(name))
            }
            Self::ModelElsewhere { name, found } => format!(
                "{name} 为{}，应为患者文件夹“models”中的文件名",
                quoted(found)
            ),
            Self::ModelLink { name, found } => {
                format!("{name} 为{}，它是指向患者文件夹之外的链接", quoted(found))
            }
        }
    }
}
