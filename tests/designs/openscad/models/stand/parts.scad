module profile(d, l, a, t) {
    square([l, t]);
    translate([10, 0]) rotate(a) square([t, 60]);
    translate([10 - d - t, 0]) square([t, 12]);
    translate([10 - d - t, 0]) square([d + 2 * t, t]);
}
