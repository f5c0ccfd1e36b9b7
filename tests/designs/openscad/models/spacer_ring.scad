/* [Ring]   */
outer_diameter=20;//[1:100]
inner_diameter  =  8.2  ;  // [0.5 : 0.1 : 99]
height = 5e0; // in mm
/* [Looks] */
colour = "#ff8800"; // a web colour
chamfer = false; // [true, false]
_private = 3; // [1:9]
$fn = 48; // [12:96]
difference() {
    color(colour) cylinder(d = outer_diameter, h = height);
    translate([0, 0, -1]) cylinder(d = inner_diameter, h = height + 2);
}
