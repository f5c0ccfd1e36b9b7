/* [Battery] */
type = 1; // [0:AAA, 1:AA, 2:C, 3:D]
count_x = 2; // [1:1:6]
count_y = 1; // [1:1:6]
/* [Fit] */
// added to the diameter
clearance = -0.2; // [-0.5:0.1:1]
depth_percent = 40; // [100]

/* [Global] */
// number of facets
facets = 20; // [12:4:96]

diameters = [10.5, 14.5, 26.2, 34.2];
d = diameters[type] + clearance;
function depth() = 50 * depth_percent / 100;
difference() {
    cube([count_x * (d + 2) + 2, count_y * (d + 2) + 2, depth()]);
    for (x = [0 : count_x - 1], y = [0 : count_y - 1])
        translate([2 + d / 2 + x * (d + 2), 2 + d / 2 + y * (d + 2), 2])
            cylinder(d = d, h = 50, $fn = facets);
}
