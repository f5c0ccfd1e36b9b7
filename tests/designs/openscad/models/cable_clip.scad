// Clip for cables, to be screwed under a desk.

/* [Cable] */
// Outer diameter of the cable (mm)
cable_diameter = 6; // [2:0.5:20]
// How many cables lie side by side
cables = 2; // [1:8]

/* [Screw] */
screw = 3.5; // [2.5:M2.5, 3.5:No. 6, 4.2:No. 8]
countersunk = true;

/* [Hidden] */
$fn = 32;
wall = 2;
eps = 0.01;

pitch = cable_diameter + wall;

module clip() {
    length = cables * pitch + wall;
    difference() {
        cube([length, 12, cable_diameter + wall]);
        for (i = [0 : cables - 1])
            translate([wall + pitch * (i + 0.5) - wall / 2, -eps, -eps]) {
                rotate([-90, 0, 0]) cylinder(d = cable_diameter, h = 12 + 2 * eps);
            }
    }
    translate([length, 0, 0]) difference() {
        cube([12, 12, wall]);
        translate([6, 6, -eps]) cylinder(d = screw, h = wall + 2 * eps);
        if (countersunk) translate([6, 6, wall - 1]) cylinder(d1 = screw, d2 = screw + 2, h = 1 + eps);
    }
}
clip();
late = 5; // [1:9]
