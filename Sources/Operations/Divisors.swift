/// Euclid's algorithm; `greatestCommonDivisor(0, b)` is `b`.
func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (x, y) = (a, b)
    while y != 0 { (x, y) = (y, x % y) }
    return x
}

/// nil where it is larger than any divisor that is of use, 2³¹.
func leastCommonMultiple(_ a: Int, _ b: Int) -> Int? {
    let (product, overflow) = (a / greatestCommonDivisor(a, b)).multipliedReportingOverflow(by: b)
    return overflow || product > 1 << 31 ? nil : product
}
