/* [Size] */
// Outer diameter
knob_d = 20; // [10:60]
knob_h = 12; // [6:40]
knurls = 12; // [6:2:40]
/* [Bore] */
bore = "round"; // [round:Round, d:D-shaped, hex:Six sides]
bore_d = 6; // [3:0.1:12]
flat = 1; // [0:.25:3]
/* [Advanced] */
quality = 24; // [16:Draft, 24:Normal, 64:Fine]
$fa = 6; $fs = .5;
difference() {
    union() {
        cylinder(d = knob_d - 2, h = knob_h, $fn = quality);
        for (i = [0 : knurls - 1]) rotate(i * 360 / knurls) translate([knob_d / 2 - 1, 0, 0]) cylinder(d = 2, h = knob_h, $fn = 6);
    }
    translate([0, 0, 2]) if (bore == "hex") cylinder(d = bore_d, h = knob_h, $fn = 6);
        else cylinder(d = bore_d, h = knob_h, $fn = quality);
}
