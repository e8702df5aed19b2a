internal import CVector

let floatLanes = Int(SVERTKA_VECTOR_BYTES) / 4

/// Two vectors of neighbouring samples.
struct FloatVectorPair {
    static let sampleCount = 2 * floatLanes
    var a, b: svertka_floats

    @inline(__always)
    init() {
        a = svertka_floats(repeating: 0)
        b = a
    }

    @inline(__always)
    init(_ a: svertka_floats, _ b: svertka_floats) { (self.a, self.b) = (a, b) }

    @inline(__always)
    init(at pointer: UnsafeRawPointer) {
        a = pointer.loadUnaligned(as: svertka_floats.self)
        b = pointer.loadUnaligned(fromByteOffset: 4 * floatLanes, as: svertka_floats.self)
    }

    @inline(__always)
    init(bytesAt pointer: UnsafeRawPointer) {
        a = svertka_widened(pointer)
        b = svertka_widened(pointer + floatLanes)
    }

    @inline(__always)
    mutating func add(_ samples: FloatVectorPair, _ weight: Float) {
        let w = svertka_floats(repeating: weight)
        a = svertka_added_product(a, w, samples.a)
        b = svertka_added_product(b, w, samples.b)
    }

    @inline(__always)
    static func + (left: FloatVectorPair, right: FloatVectorPair) -> FloatVectorPair {
        FloatVectorPair(svertka_sum(left.a, right.a), svertka_sum(left.b, right.b))
    }

    @inline(__always)
    func store(_ pointer: UnsafeMutableRawPointer) {
        pointer.storeBytes(of: a, as: svertka_floats.self)
        pointer.storeBytes(of: b, toByteOffset: 4 * floatLanes, as: svertka_floats.self)
    }
}
