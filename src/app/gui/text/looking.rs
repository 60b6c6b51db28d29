//! Sentences about looking at tags.

use crate::app::consent::{self, Questions};
use crate::looking::figures::LookingVerdict;

/// All sentences about looking in one language.
#[derive(Debug)]
#[allow(missing_docs)] // see the English text of each
pub struct LookingText {
    pub protocol: &'static str,
    pub other_protocols: &'static str,
    pub explain: &'static str,
    pub looks: &'static str,
    pub questions: &'static Questions,
    pub consent: &'static str,
    pub not_allowed: &'static str,
    pub allow: &'static str,
    pub is_allowed: &'static str,
    pub starting: &'static str,
    pub look_at: &'static str,
    pub look_of: &'static str,
    pub stuck: &'static str,
    pub no_presenter: &'static str,
    pub cortex: &'static str,
    pub no_cortex: &'static str,
    pub verdicts: [&'static str; 3],
    pub use_it: [&'static str; 3],
    pub recognised: &'static str,
    pub looks_right: &'static str,
    pub seconds: &'static str,
    pub per_min: &'static str,
    pub right: &'static str,
    pub bits_per_min: &'static str,
    pub false_selections: &'static str,
    pub response: &'static str,
    pub rise: &'static str,
    pub fall: &'static str,
    pub in_use_none: &'static str,
    pub in_use_new: &'static str,
    pub no_go: &'static str,
    pub worse: &'static str,
}

impl LookingText {
    /// What a verdict means, and what to do.
    #[must_use]
    pub fn verdict(&self, verdict: LookingVerdict) -> (&'static str, &'static str) {
        let place = match verdict {
            LookingVerdict::NoGo => 0,
            LookingVerdict::Weak => 1,
            LookingVerdict::Good => 2,
        };
        (self.verdicts[place], self.use_it[place])
    }
}

/// In English.
pub(super) const ENGLISH: LookingText = LookingText {
    protocol: "Looking: at flickering fields",
    other_protocols: "Imagined movement, or a gesture of the face",
    explain: "Twelve fields are spread over the screen. One of them has a frame and an arrow: the patient looks at its middle, without moving the \
              eyes, while all fields flicker for three seconds. Then the next one follows. The space bar pauses, Escape ends it.",
    looks: "Looks",
    questions: &consent::ENGLISH,
    consent: "Before anything flickers",
    not_allowed: "Flickering fields are not allowed for this patient yet.",
    allow: "Every answer is no, or a doctor agrees: allow it",
    is_allowed: "Flickering is allowed for this patient since",
    starting: "Preparing the flickering fields",
    look_at: "Look at the marked field",
    look_of: "Look",
    stuck: "The display does not show the flickering fields.",
    no_presenter: "The program that shows flickering fields was not found.",
    cortex: "Electrodes for looking:",
    no_cortex: "No electrode is over the visual cortex. Looking needs some of Oz, O1, O2, POz.",
    verdicts: [
        "Looking cannot be used",
        "Looking works slowly, or with errors",
        "Looking can be used",
    ],
    use_it: [
        "Check the contact of the electrodes over the visual cortex (Oz, O1, O2, POz), let the patient look at the middle of the field without \
         moving the eyes, or make tags larger in the settings. Then try again. Without a response of their own, tags flicker at three frequencies.",
        "More electrodes over the visual cortex (Oz, O1, O2, POz), larger tags and more looks can improve it.",
        "Save it: then each of many targets gets a code of its own.",
    ],
    recognised: "Recognised by looking time",
    looks_right: "looks",
    seconds: "s",
    per_min: "choices a minute",
    right: "right",
    bits_per_min: "bits a minute",
    false_selections: "selections an hour expected while nothing is looked at",
    response: "Response of each electrode to a change of brightness, strongest:",
    rise: "to brighter",
    fall: "to darker",
    in_use_none: "no response (tags flicker at three frequencies)",
    in_use_new: "the new response",
    no_go: "Not saved: too few looks are recognised.",
    worse: "Not saved: the response in use is better.",
};

/// In simplified Chinese.
pub(super) const CHINESE: LookingText = LookingText {
    protocol: "注视：看闪烁的方块",
    other_protocols: "运动想象，或面部动作",
    explain: "屏幕上分布着十二个方块。其中一个带有边框和箭头：所有方块闪烁三秒时，患者注视它的中心，眼睛不要移动。然后轮到下一个。按空格键暂停，按 Esc 键结束。",
    looks: "注视次数",
    questions: &consent::CHINESE,
    consent: "开始闪烁之前",
    not_allowed: "该患者尚未允许使用闪烁的方块。",
    allow: "所有回答均为“否”，或医生同意：允许",
    is_allowed: "该患者已允许闪烁，自",
    starting: "正在准备闪烁的方块",
    look_at: "请注视带边框的方块",
    look_of: "第几次注视",
    stuck: "显示器没有显示闪烁的方块。",
    no_presenter: "找不到显示闪烁方块的程序。",
    cortex: "用于注视的电极：",
    no_cortex: "视觉皮层上没有电极。注视选择需要 Oz、O1、O2、POz 中的几个。",
    verdicts: [
        "注视选择无法使用",
        "注视选择较慢，或有错误",
        "注视选择可以使用",
    ],
    use_it: [
        "请检查视觉皮层上的电极（Oz、O1、O2、POz）的接触，让患者注视方块的中心而不移动眼睛，或在设置中增大标记，然后重试。没有个人响应时，标记以三种频率闪烁。",
        "增加视觉皮层上的电极（Oz、O1、O2、POz）、增大标记、增加注视次数，可能会有改善。",
        "请保存：之后每个目标都有自己的编码。",
    ],
    recognised: "不同注视时间的识别率",
    looks_right: "次注视",
    seconds: "秒",
    per_min: "次选择/分钟",
    right: "正确",
    bits_per_min: "比特/分钟",
    false_selections: "次/小时：没有注视任何目标时预计的误选",
    response: "各电极对亮度变化的响应，最强时：",
    rise: "变亮",
    fall: "变暗",
    in_use_none: "没有个人响应（标记以三种频率闪烁）",
    in_use_new: "新的响应",
    no_go: "没有保存：识别的注视太少。",
    worse: "没有保存：目前使用的响应更好。",
};
