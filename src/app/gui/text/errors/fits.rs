//! Fits that are not possible.

use super::{class, classes, file, listed, quoted};
use crate::app::gui::text::message::InChinese;
use crate::fit::FitError;
use crate::fit::classes::KNOWN_CLASSES;
use crate::fit::face::FaceSwitchError;

impl InChinese for FitError {
    fn chinese(&self) -> String {
        match self {
            Self::Directions { found } => {
                format!("连续控制需要指向左右和上下的类别，现有：{}", classes(found))
            }
            Self::Source(error) => error.chinese(),
            Self::Layout { recording, error } => {
                format!("{}：{}", quoted(recording), error.chinese())
            }
            Self::UnknownClass { found } => format!(
                "没有名为{}的类别，可用的有：{}",
                quoted(found),
                listed(&KNOWN_CLASSES)
            ),
            Self::MarkerOfTwoClasses { marker, classes } => format!(
                "标记{}同时用于类别“{}”和“{}”，只能用于一个",
                quoted(marker),
                class(&classes[0]),
                class(&classes[1])
            ),
            Self::UnknownMarker {
                marker,
                class: name,
                found,
            } => {
                let found = found
                    .iter()
                    .map(|(label, count)| format!("{label}（{count}）"));
                format!(
                    "记录中没有类别“{}”的标记{}。现有标记：{}",
                    class(name),
                    quoted(marker),
                    listed(&found.collect::<Vec<_>>())
                )
            }
            Self::WindowTooLong {
                window_ms,
                from_s,
                to_s,
            } => {
                format!("提示后 {from_s} 秒至 {to_s} 秒之间容不下 {window_ms} 毫秒的窗：请延长提示")
            }
            Self::Dataset(error) => error.chinese(),
            Self::Io { path, cause } => format!("{}：{}", file(path), cause.chinese()),
            Self::Decoder { path, error } => format!("{}：{}", file(path), error.chinese()),
        }
    }
}

impl InChinese for FaceSwitchError {
    fn chinese(&self) -> String {
        match self {
            Self::Source(error) => error.chinese(),
            Self::Fit(error) => error.chinese(),
            Self::Design(error) => error.chinese(),
            Self::NoCue { wanted, found } => format!(
                "记录中没有标记{}。现有标记：{}",
                quoted(wanted),
                listed(found)
            ),
            Self::Montage { recording } => format!(
                "{}的通道与第一个记录不同：请使用电极相同的记录",
                quoted(recording)
            ),
            Self::NotASwitch(error) => error.chinese(),
            Self::File { path, error } => format!("{}：{}", file(path), error.chinese()),
        }
    }
}
