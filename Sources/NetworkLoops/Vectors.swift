import CVector

/// What the loops work on: the sixteen channels of a block. One register of AVX-512, two of AVX2.
typealias Vector = SIMD16<Float>

@inline(__always) func load(_ pointer: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

@inline(__always) func load(_ pointer: UnsafeMutablePointer<Float>) -> Vector {
    UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

@inline(__always) func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

/// The first `count` elements, at most sixteen of them; zeros in place of the others.
@inline(__always) func loadUp(to count: Int, _ pointer: UnsafePointer<Float>) -> Vector {
    if count >= 16 { return load(pointer) }
    var vector = Vector.zero
    for lane in 0..<count { vector[lane] = pointer[lane] }
    return vector
}

/// Writes the first `count` elements, at most sixteen of them.
@inline(__always) func storeUp(to count: Int, _ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
    if count >= 16 { return store(vector, pointer) }
    for lane in 0..<count { pointer[lane] = vector[lane] }
}

/// `out[i] = f(in[i])`
@inline(__always) func map(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int, _ f: (Vector) -> Vector
) {
    var index = 0
    while index + 16 <= count {
        store(f(load(input + index)), output + index)
        index += 16
    }
    if index < count {
        let rest = count - index
        storeUp(to: rest, f(loadUp(to: rest, input + index)), output + index)
    }
}

extension SIMD16<Float> {
    @inline(__always) init(_ value: Float) { self.init(repeating: value) }

    /// Lane by lane `condition ? a : b`.
    @inline(__always) static func select(_ mask: SIMDMask<SIMD16<Int32>>, _ a: Vector, _ b: Vector) -> Vector {
        b.replacing(with: a, where: mask)
    }

    /// The larger of two, the first where one is not a number.
    @inline(__always) func atLeast(_ bound: Vector) -> Vector { svertka_at_least(bound, self) }
    @inline(__always) func atMost(_ bound: Vector) -> Vector { svertka_at_most(bound, self) }
}
