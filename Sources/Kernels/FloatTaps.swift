private typealias Vector = SIMD8<Float>

@inline(__always)
private func load(_ pointer: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

@inline(__always)
private func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

/// The sum of taps over floats, 64 samples in registers at a time; equal to `convolveTapsScalar` to the last bit, since
/// each sample adds its products in the order of the taps.
public func convolveTaps(
    _ rows: UnsafePointer<UnsafePointer<Float>>, _ taps: UnsafeBufferPointer<Tap<Float>>,
    _ output: UnsafeMutablePointer<Float>, count: Int
) {
    var x = 0
    while x + 64 <= count {
        var a0 = Vector.zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0
        for tap in taps {
            let p = rows[tap.row] + (x + tap.offset)
            let w = Vector(repeating: tap.weight)
            a0.addProduct(w, load(p)); a1.addProduct(w, load(p + 8)); a2.addProduct(w, load(p + 16))
            a3.addProduct(w, load(p + 24)); a4.addProduct(w, load(p + 32)); a5.addProduct(w, load(p + 40))
            a6.addProduct(w, load(p + 48)); a7.addProduct(w, load(p + 56))
        }
        let o = output + x
        store(a0, o); store(a1, o + 8); store(a2, o + 16); store(a3, o + 24)
        store(a4, o + 32); store(a5, o + 40); store(a6, o + 48); store(a7, o + 56)
        x += 64
    }
    while x + 8 <= count {
        var sum = Vector.zero
        for tap in taps { sum.addProduct(Vector(repeating: tap.weight), load(rows[tap.row] + (x + tap.offset))) }
        store(sum, output + x)
        x += 8
    }
    while x < count {
        var sum: Float = 0
        for tap in taps { sum.addProduct(tap.weight, rows[tap.row][x + tap.offset]) }
        output[x] = sum
        x += 1
    }
}
