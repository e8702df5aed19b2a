/// e to the power of each lane, within 2 units in the last place; 0 below −87, ∞ above 88.73, NaN kept.
@inline(__always) func vectorExponential(_ x: Vector) -> Vector {
    // x = n·ln 2 + r with |r| ≤ ln 2 / 2; adding 1.5·2²³ rounds and leaves n in the low bits.
    let clamped = x.atMost(Vector(89)).atLeast(Vector(-88))
    let magic = Vector(12_582_912)
    let shifted = magic.addingProduct(clamped, Vector(1.442_695_04))
    let n = shifted - magic
    let r = clamped.addingProduct(n, Vector(-0.693_359_375)).addingProduct(n, Vector(2.121_944_4e-4))
    var p = Vector(1.398_199_95e-3).addingProduct(Vector(1.987_569_15e-4), r)
    p = Vector(8.333_451_9e-3).addingProduct(p, r)
    p = Vector(4.166_579_6e-2).addingProduct(p, r)
    p = Vector(1.666_666_55e-1).addingProduct(p, r)
    p = Vector(0.5).addingProduct(p, r)
    p = (r + Vector(1)).addingProduct(p, r * r)
    // 2ⁿ in two steps, because 2¹²⁸ is no float32.
    let bits = unsafeBitCast(shifted, to: SIMD16<Int32>.self)
    let scale = (bits &<< 23) &+ SIMD16<Int32>(repeating: 126 << 23)
    let value = p * unsafeBitCast(scale, to: Vector.self) * Vector(2)
    return Vector.select(x .< Vector(-87), .zero, value)
}

/// `eˣ − 1`, exact also near zero.
@inline(__always) func exponentialMinusOne(_ x: Vector) -> Vector {
    var series = Vector(1.0 / 120).addingProduct(Vector(1.0 / 720), x)
    series = Vector(1.0 / 24).addingProduct(series, x)
    series = Vector(1.0 / 6).addingProduct(series, x)
    series = Vector(0.5).addingProduct(series, x)
    series = x.addingProduct(series, x * x)
    let near = (x .> Vector(-0.3)) .& (x .< Vector(0.3))
    return Vector.select(near, series, vectorExponential(x) - Vector(1))
}

/// `1 + e⁻ˣ` within 1e-6 of itself: what a sigmoid divides by, with fewer steps than the exact power takes. Beyond ±87
/// the power is the one at 87; NaN is kept.
@inline(__always) func onePlusPower(ofNegative x: Vector) -> Vector {
    // −x · log₂ e = n + f with |f| ≤ 1/2, as in `vectorExponential`; 2ᶠ is a polynomial, n goes into the exponent.
    let bounded = x.atMost(Vector(87)).atLeast(Vector(-87)), magic = Vector(12_582_912)
    let shifted = magic.addingProduct(bounded, Vector(-1.442_695_04))
    let f = (magic - shifted).addingProduct(bounded, Vector(-1.442_695_04))
    return Vector(1) + powerOfTwo(f, shifted: shifted)
}

/// `2ⁿ⁺ᶠ` within 1e-6 of itself, for |f| ≤ 1/2 and n + 1.5·2²³, which has n in its low bits; n is no more than 126 either
/// way.
@inline(__always) func powerOfTwo(_ f: Vector, shifted: Vector) -> Vector {
    var p = Vector(0.009_675_541).addingProduct(Vector(0.001_327_647_2), f)
    p = Vector(0.055_507_13).addingProduct(p, f)
    p = Vector(0.240_221_2).addingProduct(p, f)
    p = Vector(0.693_146_94).addingProduct(p, f)
    p = Vector(1.000_000_1).addingProduct(p, f)
    let bits = unsafeBitCast(p, to: SIMD16<Int32>.self) &+ (unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< 23)
    return unsafeBitCast(bits, to: Vector.self)
}

@inline(__always) func vectorSigmoid(_ x: Vector) -> Vector { Vector(1) / onePlusPower(ofNegative: x) }

@inline(__always) func hyperbolicTangent(_ x: Vector) -> Vector {
    let square = x * x
    var series = Vector(2.063_908_87e-2).addingProduct(Vector(-5.704_988_72e-3), square)
    series = Vector(-5.373_971_55e-2).addingProduct(series, square)
    series = Vector(1.333_144_32e-1).addingProduct(series, square)
    series = Vector(-3.333_328_11e-1).addingProduct(series, square)
    series = x.addingProduct(series * square, x)
    let far = Vector(1) - Vector(2) / (vectorExponential(x + x) + Vector(1))
    let near = (x .> Vector(-0.625)) .& (x .< Vector(0.625))
    return Vector.select(near, series, far)
}
