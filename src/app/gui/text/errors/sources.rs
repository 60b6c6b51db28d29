//! Sources of EEG: recordings, streams and headsets.

use super::{file, listed, quoted};
use crate::app::gui::text::message::InChinese;
use crate::source::headset::ImpedanceError;
use crate::source::recording::RateDoubt;
use crate::source::{ChannelsError, NoEegReason, SourceError};

impl InChinese for SourceError {
    fn chinese(&self) -> String {
        match self {
            Self::Io { path, cause } => format!("无法读取 {}：{}", file(path), cause.chinese()),
            Self::Malformed { path, offset, .. } => format!(
                "{} 不是可用的记录：第 {offset} 字节处的内容不符合格式",
                file(path)
            ),
            Self::Truncated {
                path,
                found,
                expected,
            } => format!(
                "{} 不完整：只有 {found} 字节，文件头说明有 {expected} 字节。请从原处重新复制该文件",
                file(path)
            ),
            Self::Companion {
                header,
                path,
                cause,
                ..
            } => format!(
                "{} 所属的 {} 无法读取：{}。同一记录的文件应在同一文件夹中；如果改过文件名，请修改文件头中的名称",
                file(header),
                file(path),
                cause.chinese()
            ),
            Self::NoSuchStream {
                path,
                wanted,
                found,
            } => format!(
                "{} 中没有名为{}的脑电数据流；它有 {} 个数据流",
                file(path),
                quoted(wanted),
                found.len()
            ),
            Self::NoEegStream { path, found } => format!(
                "{} 的 {} 个数据流中没有采样均匀的脑电",
                file(path),
                found.len()
            ),
            Self::SeveralEegStreams { path, found } => format!(
                "{} 中有 {} 个脑电数据流，请指定一个：文件名#数据流名",
                file(path),
                found.len()
            ),
            Self::NoChannels {
                name,
                found,
                reason,
            } => format!(
                "{}的 {} 个通道都不是脑电。{}",
                quoted(name),
                found.len(),
                reason.chinese()
            ),
            Self::Rate { name, doubt } => format!("{}：{}", quoted(name), rates(doubt)),
            Self::Channels { name, error } => format!("{}：{}", quoted(name), error.chinese()),
            Self::NoSuchChannel { wanted, found } => {
                format!("没有名为{}的通道；现有：{}", quoted(wanted), listed(found))
            }
            Self::SyntheticSpec { spec, error } => {
                format!("{}不能描述模拟患者：{}", quoted(spec), error.chinese())
            }
            Self::TooShortToLoop { after, least_s } => {
                let part = after.as_ref().map_or_else(
                    || "记录".to_owned(),
                    |label| format!("记录中{}之后的部分", quoted(label)),
                );
                format!("{part}不足 {least_s} 秒，无法循环播放")
            }
            Self::NoRecording => "没有记录".to_owned(),
            Self::NoStream {
                waited_s, found, ..
            } => {
                let others = match found.len() {
                    0 => "网络上没有任何数据流".to_owned(),
                    count => format!("网络上只有 {count} 个其他数据流"),
                };
                format!(
                    "在 {waited_s} 秒内没有找到所选的 LSL 数据流，{others}。设备的软件是否已在此网络上运行，并打开了 LSL 输出？"
                )
            }
            Self::Predicate { predicate, .. } => {
                format!("{}不是有效的数据流筛选条件（XPath）", quoted(predicate))
            }
            Self::SeveralStreams { found, .. } => format!(
                "有 {} 个 LSL 数据流与所选的相同。请关闭多余的，或给它们不同的名称",
                found.len()
            ),
            Self::Headset { port, error } => format!("端口 {port}：{}", error.chinese()),
            Self::Stream { name, error } => {
                format!("LSL 数据流{}：{}", quoted(name), error.chinese())
            }
        }
    }
}

/// Which rates contradict each other.
fn rates(doubt: &RateDoubt) -> String {
    format!(
        "文件头说明采样率为 {} 赫兹，而时间戳表明为 {} 赫兹",
        doubt.declared_hz, doubt.stamped_hz
    )
}

impl InChinese for NoEegReason {
    fn chinese(&self) -> String {
        match self {
            Self::Empty => "其中可能只有标注".to_owned(),
            Self::Type(kind) => format!(
                "所有通道的类型都是{}而不是 EEG：请在产生它的软件中改正",
                quoted(kind)
            ),
            Self::NoUnits => "没有通道注明单位".to_owned(),
            Self::NoVoltage => "脑电通道应以电压为单位，例如 uV".to_owned(),
        }
    }
}

impl InChinese for ChannelsError {
    fn chinese(&self) -> String {
        match self {
            Self::Twice(channel) => format!("通道{}指定了两次", quoted(channel)),
            Self::Unreadable { channel, .. } => format!("通道{}无法读取", quoted(channel)),
            Self::Rates(found) => {
                let found = found
                    .iter()
                    .map(|(label, hz)| format!("{label}（{hz} 赫兹）"));
                let found: Vec<String> = found.collect();
                format!(
                    "指定的通道采样率不同：{}。请指定采样率相同的通道",
                    listed(&found)
                )
            }
            Self::ElectrodeTwice(label) => format!("电极{}指定了两次", quoted(label)),
            Self::ElectrodeCount { named, channels } => format!(
                "指定了 {} 个电极（{}），但有 {} 个脑电通道（{}）：请按顺序为每个通道指定一个",
                named.len(),
                listed(named),
                channels.len(),
                listed(channels)
            ),
            Self::Synthetic => "模拟患者的电极和采样率由其描述决定，单位为 uV".to_owned(),
            Self::Rate { stated, declared } => format!(
                "指定的采样率是 {} 赫兹，但文件头说明为 {} 赫兹，且该格式没有时间戳可供核对",
                stated.hz(),
                declared.hz()
            ),
            Self::NeitherRate {
                stated,
                declared,
                stamped_hz,
            } => format!(
                "指定的采样率是 {} 赫兹，但文件头说明为 {} 赫兹，时间戳表明为 {stamped_hz} 赫兹",
                stated.hz(),
                declared.hz()
            ),
        }
    }
}

impl InChinese for ImpedanceError {
    fn chinese(&self) -> String {
        match self {
            Self::NoAnswer => "设备没有响应".to_owned(),
            Self::Refused => "设备不能测量阻抗".to_owned(),
        }
    }
}
