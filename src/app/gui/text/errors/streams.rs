//! Streams and headsets that cannot be used, and descriptions of synthetic patients.

use super::{listed, quoted};
use crate::app::gui::text::message::InChinese;
use crate::source::{
    HeadsetError, LslFault, MOST_CHANNELS, SensorError, SpecError, StartRefusal, StreamError,
};
use crate::units::Hertz;

impl InChinese for HeadsetError {
    fn chinese(&self) -> String {
        match self {
            Self::List(_) => "系统无法列出串口".to_owned(),
            Self::Open(_) => "无法打开：它存在吗？正被其他程序使用吗？您有权使用它吗？".to_owned(),
            Self::Write(cause) => format!("无法写入：{}", cause.chinese()),
            Self::Lost(cause) => format!("连接中断：{}", cause.chinese()),
            Self::NothingKnown => "没有已知的设备响应（本程序的协议、OpenBCI Cyton 或 Ganglion）。设备打开了吗？是这个端口吗？".to_owned(),
            Self::OtherProtocol { .. } => "那里是另一种设备，不是所要求的".to_owned(),
            Self::Message(_) => "发给设备的消息过长".to_owned(),
            Self::Version { oldest, newest } => format!(
                "设备不支持第 {oldest} 至 {newest} 版协议：请更新设备的固件，或更新 bci-cursor"
            ),
            Self::Complaint { answer } => format!(
                "那里的设备回答：{}。如果是 OpenBCI 接收器：请把主板关闭后拨到 PC 打开，靠近接收器，并检查两者的无线信道是否相同",
                quoted(answer)
            ),
            Self::NotStarted(refusal) => format!("设备不能开始发送：{}", refusal.chinese()),
            Self::StartUnanswered => "设备对开始发送的命令没有响应".to_owned(),
            Self::StatesItself => {
                "串口设备自己说明通道、单位和采样率，不能另行指定".to_owned()
            }
            Self::Channels(error) => error.chinese(),
            Self::ElectrodeCount { named, channels } => format!(
                "指定了 {} 个电极（{}），但设备有 {channels} 个通道",
                named.len(),
                listed(named)
            ),
            Self::Rate { hz } => format!("设备说明的采样率 {hz} 赫兹不可能"),
        }
    }
}

impl InChinese for StartRefusal {
    fn chinese(&self) -> String {
        let words = match self {
            Self::Unknown => "它不认识这个命令",
            Self::BadArgument => "它没有命令中的通道或数值",
            Self::Busy => "它正忙，请稍候再试",
        };
        words.to_owned()
    }
}

impl InChinese for LslFault {
    fn chinese(&self) -> String {
        let words = match self {
            Self::BadArgument => "LSL 不接受其中的一个值",
            Self::NoAnswer => "没有及时响应",
            Self::Ended => "数据流已结束",
            Self::NoRoom => "这台电脑无法再建立连接",
            Self::Failed => "LSL 出错",
            Self::NoReturn => "liblsl 没有返回",
        };
        words.to_owned()
    }
}

impl InChinese for StreamError {
    fn chinese(&self) -> String {
        match self {
            Self::Look(fault) => format!("无法查找数据流（{}）。网络正常吗？", fault.chinese()),
            Self::Silent { count, .. } => format!(
                "找到 {count} 个这样的数据流，但没有响应。请重新启动设备的软件；如果它在另一台电脑上，请检查防火墙"
            ),
            Self::NoAnswer(fault) => {
                format!("没有响应（{}）。设备的软件还在运行吗？", fault.chinese())
            }
            Self::Unresponsive => "没有响应。设备的软件还在运行吗？".to_owned(),
            Self::Gone => "已不存在。设备的软件还在运行吗？".to_owned(),
            Self::Lost(fault) => format!("已中断（{}）", fault.chinese()),
            Self::Publish(fault) => format!("无法发布（{}）", fault.chinese()),
            Self::Send(fault) => format!("无法发送（{}）", fault.chinese()),
            Self::Header { .. } => "其说明（XML）无法读取".to_owned(),
            Self::NoRate => "没有均匀的采样率：请选择设备的脑电数据流，而不是标记".to_owned(),
            Self::Text => "含有文字而不是信号：请选择设备的脑电数据流".to_owned(),
            Self::Size { channels, rate_hz } => format!(
                "说明有 {channels} 个通道，采样率 {rate_hz} 赫兹；应为 1 至 {MOST_CHANNELS} 个通道，不超过 {} 赫兹。请检查发送它的软件",
                Hertz::HIGHEST
            ),
            Self::Rate {
                declared,
                stamped_hz,
            } => format!(
                "说明的采样率是 {} 赫兹，而时间戳表明为 {stamped_hz:.1} 赫兹。请在发送它的软件中改正",
                declared.hz()
            ),
            Self::Sensor(error) => error.chinese(),
            Self::NoThread => "无法读取：不能启动线程".to_owned(),
            Self::TooManyConnections => {
                "无法打开：等待响应的连接过多。请退出本程序后重新启动".to_owned()
            }
            Self::ThreadFailed => "读取时程序出错。请连同日志一起报告".to_owned(),
        }
    }
}

impl InChinese for SensorError {
    fn chinese(&self) -> String {
        match self {
            Self::NoGyroscope { .. } => {
                "不是头部传感器：应有三个 Gyroscope 类型的通道，单位为 deg/s 或 rad/s".to_owned()
            }
            Self::RotationUnit { unit } => {
                format!("转动的单位是{}；应为 deg/s 或 rad/s", quoted(unit))
            }
            Self::NoGaze { .. } => {
                "不是眼动仪：应有 ScreenX 和 ScreenY 类型的通道，单位为像素或归一化".to_owned()
            }
            Self::SceneCamera => {
                "给出的是场景摄像机画面中的目光位置，而不是屏幕上的：请先让眼动仪换算到屏幕"
                    .to_owned()
            }
            Self::GazeUnit { unit } => {
                format!("目光的单位是{}；应为像素或归一化", quoted(unit))
            }
        }
    }
}

impl InChinese for SpecError {
    fn chinese(&self) -> String {
        match self {
            Self::NoValue(part) => format!("{}中没有“=”", quoted(part)),
            Self::NoNumber { key, value } => {
                format!("{key} 为{}，应为不小于零的数", quoted(value))
            }
            Self::Seed(value) => format!("seed 为{}，应为整数", quoted(value)),
            Self::Rate(value) => format!("rate 为{}，应为 64 至 20000 赫兹", quoted(value)),
            Self::Noise { found, known } => {
                format!("没有名为{}的噪声，可用的有：{known}", quoted(found))
            }
            Self::Key(key) => format!(
                "没有名为{}的参数，可用的有：seed、channels、rate、classes、trials、imagery、rest、erd、mains、noise、seconds",
                quoted(key)
            ),
            Self::Seconds => "seconds 只用于噪声；患者在试次完成后结束".to_owned(),
            Self::NoiseAsPatient => "噪声不能跟随提示，也不能想象动作".to_owned(),
            Self::Class(name) => format!(
                "没有名为{}的类别，可用的有：left_hand、right_hand、both_hands、feet、clench、blinks",
                quoted(name)
            ),
            Self::Electrode(name) => format!(
                "{}不是 10-10 系统的电极（可按数目选择：8、9、21、32、64）",
                quoted(name)
            ),
        }
    }
}
