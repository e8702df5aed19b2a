/// The error function `erf x = 2/√π · ∫₀ˣ e^(−t²) dt` in two pieces: near zero x times a polynomial in x², fitted with equal
/// relative error, and beyond 0.9 what is missing to 1 as a power of two, so that `1 + erf x` keeps its digits too.
private struct ErrorFunction {
    /// `erf x`, where that is meant to be used.
    let near: Vector
    /// `1 − erf |x|` everywhere else.
    let tail: Vector
    let isNear: SIMDMask<SIMD16<Int32>>

    @inline(__always) init(_ x: Vector) {
        let magnitude = x.atLeast(Vector.zero - x), square = x * x
        var p = Vector(5.003_543_3e-3).addingProduct(Vector(-6.045_147_7e-4), square)
        p = Vector(-2.677_347_4e-2).addingProduct(p, square)
        p = Vector(0.112_819_99).addingProduct(p, square)
        p = Vector(-0.376_125_1).addingProduct(p, square)
        p = Vector(1.128_379_2).addingProduct(p, square)
        near = x * p
        // −log₂ of the tail; from 4.3 on it is less than half a unit in the last place of 1.
        let t = magnitude.atMost(Vector(4.3))
        var q = Vector(-5.085_466e-4).addingProduct(Vector(2.200_252_9e-5), t)
        q = Vector(5.331_161_9e-3).addingProduct(q, t)
        q = Vector(-3.410_414_1e-2).addingProduct(q, t)
        q = Vector(0.152_371_37).addingProduct(q, t)
        q = Vector(0.917_728_83).addingProduct(q, t)
        q = Vector(1.627_312_2).addingProduct(q, t)
        q = Vector(2.636_822_5e-4).addingProduct(q, t)
        let magic = Vector(12_582_912), shifted = magic - q
        let power = powerOfTwo((magic - shifted) - q, shifted: shifted)
        tail = Vector.select((magnitude .> Vector(4.3)), .zero, power)
        isNear = (magnitude .< Vector(0.9))
    }
}

/// `erf x` within 3e-7 of itself; NaN is kept.
@inline(__always) func vectorErrorFunction(_ x: Vector) -> Vector {
    let parts = ErrorFunction(x), one = Vector(1)
    return Vector.select(
        parts.isNear, parts.near, Vector.select(x .< Vector.zero, parts.tail - one, one - parts.tail))
}

/// `1 + erf x` within 2e-6 of itself, also where it is small.
@inline(__always) func onePlusErrorFunction(_ x: Vector) -> Vector {
    let parts = ErrorFunction(x)
    return Vector.select(
        parts.isNear, Vector(1) + parts.near, Vector.select(x .< Vector.zero, parts.tail, Vector(2) - parts.tail))
}
