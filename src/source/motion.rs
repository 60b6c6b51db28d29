//! How a head moves, as the inertial sensor of a headset measures it.

/// How a headset moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// Acceleration along x, y, z, in g.
    pub acceleration_g: [f64; 3],
    /// Rotation about x, y, z, degrees per second; none where it is not told.
    pub rotation_deg_s: Option<[f64; 3]>,
}
