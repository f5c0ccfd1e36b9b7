// peg spacing, 25.4 for imperial boards
spacing = 25.4;
peg = 5.8; // mm
reach = 30; // [10 : 5 : 120]
/* the tip is turned up so that
   nothing slides off */
tip_up = true;
side = "left"; // ["left", "right"]
mirrored = side == "right";
size = [8, 8];
/* [hidden] */
secret = 4; // [1:9]
union() {
    cube([size[0], size[1], spacing * 1.5]);
    for (z = [size.x / 2, spacing + size.x / 2]) translate([size[0] / 2, 0, z]) rotate([90, 0, 0]) cylinder(d = peg, h = 6, $fn = 16);
    translate([0, size[1] - 0.01, 0]) cube([size[0], reach, size[1]]);
    if (tip_up) translate([0, size[1] + reach - 3, 0]) cube([size[0], 3, 14]);
}
