//! What somebody must ask before anything flickers for a person.

/// The questions in one language, each text a paragraph.
#[derive(Debug)]
pub struct Questions {
    /// What flickers, and why it can be dangerous.
    pub risk: &'static str,
    /// What is asked.
    pub questions: [&'static str; 4],
    /// What to do if an answer is yes or unknown.
    pub ask_a_doctor: &'static str,
    /// What to do while tags are shown.
    pub while_shown: &'static str,
    /// What it means to allow it.
    pub meaning: &'static str,
}

/// In English.
pub(super) const ENGLISH: Questions = Questions {
    risk: "Tags to look at are small patches of the screen that flicker. Flickering light can cause an epileptic seizure in people with \
           photosensitive epilepsy: about 3 in 10,000, most of them children and young adults. Some do not know that they have it. Ask the person \
           who is going to look at the tags, or somebody who knows them well:",
    questions: [
        "Have you ever had an epileptic seizure, or fainted for an unknown reason?",
        "Has flickering light, television or a computer game ever made you feel unwell: twitching, confusion, disturbed vision, migraine?",
        "Does anybody in your close family have epilepsy?",
        "Do you have an injury or a disease of the brain, or take or have you just stopped medicine that affects seizures?",
    ],
    ask_a_doctor: "If an answer is yes or unknown, ask a doctor first. Many diseases for which people use this program, such as a stroke, make \
                   seizures more likely.",
    while_shown: "While tags are shown: keep the room lit, keep the distance of control.look.distance_mm from the screen, and stop at once at any \
                  discomfort. Ctrl+Alt+P or 'bci-cursor pause' hides all tags.",
    meaning: "Allowing it means: these questions were asked, and every answer was no, or a doctor agrees. From now on tags may flicker in runs and \
              calibrations of this patient.",
};

/// In simplified Chinese.
pub(super) const CHINESE: Questions = Questions {
    risk: "注视用的标记是屏幕上闪烁的小块。闪烁的光可能使光敏性癫痫患者发作：大约每一万人中有 3 人，多为儿童和青年，有些人并不知道自己患有此病。\
           请询问将要注视标记的人，或熟悉其情况的人：",
    questions: [
        "是否曾有过癫痫发作，或原因不明的昏厥？",
        "闪烁的光、电视或电脑游戏是否曾引起不适，如抽动、意识模糊、视觉异常、偏头痛？",
        "近亲中是否有人患癫痫？",
        "是否有脑外伤或脑部疾病，是否正在服用或刚停用影响癫痫发作的药物？",
    ],
    ask_a_doctor: "如有任何一项回答为“是”或“不清楚”，请先咨询医生。使用本程序的人所患的许多疾病（如中风）会使癫痫更容易发作。",
    while_shown: "显示标记时：请保持室内明亮，与屏幕保持 control.look.distance_mm 所设的距离；如有任何不适，立即停止。按 Ctrl+Alt+P 或运行“bci-cursor pause”\
                  可隐藏所有标记。",
    meaning: "“允许”表示：已询问以上问题，且所有回答均为“否”，或医生同意。此后，该患者的运行和校准中可以使用闪烁的标记。",
};
