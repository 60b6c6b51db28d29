//! Words for the settings page. The table of settings says in English what each setting does.

/// What each setting does, in Chinese, in the order of the table.
pub(super) const CHINESE: &[(&str, &str)] = &[
    ("control.speed.gain_x", "水平速度的倍数"),
    ("control.speed.gain_y", "垂直速度的倍数"),
    ("control.speed.limit_px_s", "最大速度（像素/秒）"),
    (
        "control.speed.dead_zone_px_s",
        "低于此值的速度被忽略（像素/秒）",
    ),
    (
        "control.speed.exponent",
        "加速度：大于 1 时慢速更慢，小于 1 时慢速更快",
    ),
    (
        "control.speed.min_cutoff_hz",
        "One Euro 滤波器：静止时的截止频率，越低越平滑但越滞后（赫兹）",
    ),
    (
        "control.speed.beta",
        "One Euro 滤波器：截止频率随速度变化升高的程度",
    ),
    (
        "control.speed.snap_to_stop",
        "失去把握时立即停止，而不是平滑减速",
    ),
    ("control.dwell.on", "指针停留即点击"),
    ("control.dwell.time_ms", "点击所需的停留时间（毫秒）"),
    ("control.dwell.radius_px", "停留半径（像素）"),
    (
        "control.dwell.rearm_px",
        "再次停留点击前指针必须离开上次点击的距离（像素）",
    ),
    (
        "control.click.kind",
        "点击的种类；drag：第一次点击按住，下一次松开",
    ),
    (
        "control.click.lock",
        "保持点击种类；否则点击一次后恢复为左键",
    ),
    ("control.click.press", "按压类别的作用：按住左键，或点击"),
    (
        "control.click.hold_ms",
        "control.click.press 为 click 时，该类别须持续多久才点击（毫秒）",
    ),
    ("control.click.down_ms", "一次点击按下按键的时间（毫秒）"),
    (
        "control.click.refractory_ms",
        "两次点击之间的最短时间（毫秒）",
    ),
    ("control.scroll.on", "转动滚轮而不移动指针"),
    (
        "control.scroll.px_per_step",
        "滚轮转动一格所需的移动（像素）",
    ),
    (
        "control.scroll.stop_zone_px_s",
        "慢于此速度不滚动（像素/秒）",
    ),
    (
        "control.auxiliary.eeg_moves",
        "脑电与头部或眼睛一起移动指针；否则脑电只点击",
    ),
    (
        "control.auxiliary.hand_over",
        "头部传感器或眼动仪无信号时由脑电移动指针",
    ),
    ("control.head.moves", "转头移动指针"),
    ("control.head.nod_clicks", "点头即点击"),
    (
        "control.head.nod_deg_s",
        "快于此速度的低头再抬头算点头（度/秒）",
    ),
    ("control.head.yaw", "摇头时传感器转动的轴"),
    ("control.head.pitch", "点头时传感器转动的轴"),
    (
        "control.head.px_per_deg_x",
        "每度偏航向右移动的距离；向左转为正，因此为负值（像素）",
    ),
    (
        "control.head.px_per_deg_y",
        "每度俯仰向下移动的距离（像素）",
    ),
    (
        "control.head.dead_zone_deg_s",
        "慢于此速度的转动视为头部静止（度/秒）",
    ),
    ("control.gaze.moves", "指针移到目光附近"),
    ("control.gaze.must_look", "只有目光在指针上时停留才算数"),
    (
        "control.gaze.radius_px",
        "在此距离内视为目光在指针上，指针不动（像素）",
    ),
    ("control.gaze.speed_per_s", "每秒走完剩余距离的比例"),
    (
        "control.gaze.least_confidence",
        "眼动仪的把握低于此值时忽略它",
    ),
    (
        "control.assist.mode",
        "屏幕上按钮和链接的辅助：无（off）、吸引指针（gentle、strong）、用两个类别选择（choose）或注视闪烁标记选择（look）",
    ),
    (
        "control.assist.window_buttons",
        "窗口的关闭、最小化和最大化按钮也可选择",
    ),
    (
        "control.look.position",
        "标记的位置：目标上（on）、旁边（beside）或上方（above）",
    ),
    ("control.look.size_px", "标记的宽度和高度（像素）"),
    (
        "control.look.contrast",
        "标记使用从黑到白范围的多少；越小干扰越少，但越难识别",
    ),
    (
        "control.look.patch",
        "闪烁的部分：整个标记（plain），或棋盘格交替闪烁，干扰较少（textured）",
    ),
    ("control.look.colour", "标记的颜色"),
    (
        "control.look.distance_mm",
        "眼睛到屏幕的距离；与屏幕大小一起决定标记看起来多大（毫米）",
    ),
    ("control.look.clicks", "注视后指针到达目标时点击"),
    ("control.look.confirms", "点击前等待再次注视同一位置"),
    (
        "control.look.offer",
        "可以注视什么：程序公布的按钮和链接（targets）、可再次划分的屏幕区域（grid）或移动指针的箭头（arrows）；auto：有目标时用目标，否则用网格",
    ),
    (
        "control.look.imagery",
        "注视的同时想象运动也算数：一条线把带标记的目标分成两边，想象的类别表示想要的目标在哪一边；需要两个类别的解码器",
    ),
    ("control.look.cells", "网格每行的格数"),
    (
        "control.look.codes",
        "标记显示什么：三种频率，无需校准（flicker），或为最多 32 个标记各用一个编码，需要校准（codes）；auto：已校准注视时用编码。新值在下次启动时生效",
    ),
    ("control.pause.at_start", "启动时暂停"),
    ("control.pause.after_loss", "丢失的信号恢复后保持暂停"),
    (
        "control.pause.after_rest_s",
        "静息这么久后暂停；0：从不（秒）",
    ),
    (
        "control.pause.after_aimless_s",
        "移动这么久而没有点击、按压或选择后暂停；0：从不（秒）",
    ),
    (
        "control.pause.resume_hold_ms",
        "两个类别轮流、每个至少持续这么久即恢复；0：不能仅凭脑电恢复（毫秒）",
    ),
    ("control.pause.resume_holds", "恢复所需的轮流次数"),
    (
        "control.pause.resume_without_gate",
        "即使没有为此人拟合的静息门限，也能仅凭脑电恢复",
    ),
    (
        "control.pause.manual_override_ms",
        "手动鼠标使驱动暂停的时间；0：不暂停（毫秒）",
    ),
    (
        "control.pause.manual_override_px",
        "十分之一秒内算作手动鼠标的移动（像素）",
    ),
    (
        "control.overlay.on",
        "在指针旁显示状态标记（状态、停留、点击种类）",
    ),
    ("control.overlay.size_px", "状态标记的高度（像素）"),
    (
        "control.keyboard.order",
        "字母顺序：按字母表（alphabet）、普通键盘（qwerty）或最常用的在前（frequency）",
    ),
    (
        "control.keyboard.learns",
        "在本机保存患者写过的词，以便以后提示",
    ),
    (
        "control.keyboard.prior",
        "注视或选择时，可能性大的字母和词需要的证据较少",
    ),
    (
        "control.edges",
        "在屏幕边缘：停止（stop），或减速（resist）",
    ),
    ("steering.max_speed_px_s", "完全有把握时的速度（像素/秒）"),
    (
        "steering.turn_deg_s",
        "steer 模式下完全有把握时方向转动的速度（度/秒）",
    ),
    (
        "decoding.rest_threshold",
        "把握（0 为随机，1 为确定）低于此值时指针静止；auto：解码器的静息门限",
    ),
    (
        "decoding.false_looks_per_min",
        "没有注视任何标记时，按频率闪烁的标记每分钟允许误选的次数；越少则需注视越久",
    ),
    (
        "decoding.display_delay_ms",
        "从显示器给出一帧的时间戳到屏幕上的光传感器在采样中显示它的时间（毫秒），用于注视选择；auto：未测量",
    ),
];

/// What each group of settings is about, in the order of the table.
pub(super) const ENGLISH_GROUPS: &[(&str, &str)] = &[
    ("control.speed", "Speed and smoothing"),
    ("control.dwell", "Dwell click"),
    ("control.click", "Clicks"),
    ("control.scroll", "Scrolling"),
    ("control.auxiliary", "EEG together with head or eyes"),
    ("control.head", "Head sensor"),
    ("control.gaze", "Eye tracker"),
    ("control.assist", "Targets on the screen"),
    ("control.look", "Tags to look at"),
    ("control.pause", "Pausing and resuming"),
    ("control.overlay", "Status badge"),
    ("control.keyboard", "Keyboard of the panel"),
    ("control", "Edges of the screen"),
    ("steering", "Movement by EEG"),
    ("decoding", "Detecting intent"),
];

/// The same in Chinese.
pub(super) const CHINESE_GROUPS: &[(&str, &str)] = &[
    ("control.speed", "速度与平滑"),
    ("control.dwell", "停留点击"),
    ("control.click", "点击"),
    ("control.scroll", "滚动"),
    ("control.auxiliary", "脑电与头部、眼睛配合"),
    ("control.head", "头部传感器"),
    ("control.gaze", "眼动仪"),
    ("control.assist", "屏幕上的目标"),
    ("control.look", "注视的标记"),
    ("control.pause", "暂停与恢复"),
    ("control.overlay", "状态标记"),
    ("control.keyboard", "面板键盘"),
    ("control", "屏幕边缘"),
    ("steering", "脑电控制移动"),
    ("decoding", "意图检测"),
];

/// What a switch is called when it is off and on.
pub(super) const ENGLISH_WORDS: &[(&str, &str)] = &[("false", "off"), ("true", "on")];

/// The words of settings in Chinese. The stored word follows in brackets, because profiles and the command line use it.
pub(super) const CHINESE_WORDS: &[(&str, &str)] = &[
    ("false", "关"),
    ("true", "开"),
    ("auto", "自动（auto）"),
    ("off", "关闭（off）"),
    ("gentle", "轻柔（gentle）"),
    ("strong", "强（strong）"),
    ("choose", "选择（choose）"),
    ("look", "注视（look）"),
    ("targets", "目标（targets）"),
    ("grid", "网格（grid）"),
    ("arrows", "箭头（arrows）"),
    ("flicker", "频率（flicker）"),
    ("alphabet", "字母表（alphabet）"),
    ("qwerty", "普通键盘（qwerty）"),
    ("frequency", "常用在前（frequency）"),
    ("codes", "编码（codes）"),
    ("left", "左键（left）"),
    ("right", "右键（right）"),
    ("middle", "中键（middle）"),
    ("double", "双击（double）"),
    ("drag", "拖动（drag）"),
    ("none", "不点击（none）"),
    ("hold", "按住（hold）"),
    ("click", "点击（click）"),
    ("stop", "停止（stop）"),
    ("resist", "减速（resist）"),
    ("on", "目标上（on）"),
    ("beside", "目标旁（beside）"),
    ("above", "目标上方（above）"),
    ("plain", "整块（plain）"),
    ("textured", "棋盘格（textured）"),
    ("white", "白（white）"),
    ("green", "绿（green）"),
    ("blue", "蓝（blue）"),
];

#[cfg(test)]
mod tests {
    use crate::settings::{Group, Kind, Settings};

    #[test]
    fn every_word_of_a_setting_but_an_axis_has_a_translation() {
        Settings::default().each(&mut |setting, value| {
            let Kind::Word(words) = value.kind() else {
                return;
            };
            for word in words.iter().filter(|word| !["x", "y", "z"].contains(word)) {
                let known = super::CHINESE_WORDS.iter().any(|(own, _)| own == word);
                assert!(known, "{word} of {}", setting.path);
            }
        });
    }

    #[test]
    fn every_group_has_a_name_and_every_name_a_group() {
        let mut paths: Vec<&str> = Vec::new();
        Settings::default().each(&mut |setting, _| paths.push(setting.group()));
        paths.dedup();
        for groups in [super::ENGLISH_GROUPS, super::CHINESE_GROUPS] {
            let named: Vec<&str> = groups.iter().map(|(path, _)| *path).collect();
            assert_eq!(named, paths);
        }
    }

    #[test]
    fn every_setting_has_a_sentence_and_every_sentence_a_setting() {
        let settings = Settings::default().list();
        let paths: Vec<&str> = settings.iter().map(|(setting, _)| setting.path).collect();
        let translated: Vec<&str> = super::CHINESE.iter().map(|(path, _)| *path).collect();
        assert_eq!(translated, paths);
    }
}
