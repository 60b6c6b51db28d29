//! Motion of a head, as measured by a headset's inertial sensor.

/// One measurement of motion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// Acceleration along x, y, z, in g.
    pub acceleration_g: [f64; 3],
    /// Rotation about x, y, z, degrees per second; `None` if it is not measured.
    pub rotation_deg_s: Option<[f64; 3]>,
}
