//! Roles of the accessibility tree that can be pointed at, and the kind of target that each is.

use crate::control::TargetKind;
use atspi::Role;

/// Every role that can be pointed at.
pub(super) const ROLES: [(Role, TargetKind); 24] = [
    (Role::Button, TargetKind::Button),
    (Role::ToggleButton, TargetKind::Button),
    (Role::PushButtonMenu, TargetKind::Button),
    (Role::ComboBox, TargetKind::Button),
    (Role::SpinButton, TargetKind::Button),
    (Role::DesktopIcon, TargetKind::Button),
    (Role::Link, TargetKind::Link),
    (Role::Menu, TargetKind::MenuItem),
    (Role::MenuItem, TargetKind::MenuItem),
    (Role::CheckMenuItem, TargetKind::MenuItem),
    (Role::RadioMenuItem, TargetKind::MenuItem),
    (Role::TearoffMenuItem, TargetKind::MenuItem),
    (Role::CheckBox, TargetKind::CheckBox),
    (Role::RadioButton, TargetKind::CheckBox),
    (Role::Text, TargetKind::Text),
    (Role::Entry, TargetKind::Text),
    (Role::PasswordText, TargetKind::Text),
    (Role::Autocomplete, TargetKind::Text),
    (Role::Slider, TargetKind::Slider),
    (Role::ScrollBar, TargetKind::Slider),
    (Role::PageTab, TargetKind::Tab),
    (Role::ListItem, TargetKind::Item),
    (Role::TreeItem, TargetKind::Item),
    (Role::TableCell, TargetKind::Item),
];

/// The kind of target for a role number, or `None` if it cannot be pointed at.
pub(super) fn kind_of(role: u32) -> Option<TargetKind> {
    let found = ROLES.iter().find(|(known, _)| *known as u32 == role);
    found.map(|(_, kind)| *kind)
}
