import NetworkKernels

/// `y = a · b`
///
/// - Shapes: broadcast.
/// - Types: float32 and whole numbers, which wrap around; both inputs alike.
struct Mul: ArithmeticLayer {
    static let function = BinaryFunction.multiply

    static func integer(_ a: Int, _ b: Int) -> Int {
        a &* b
    }
}
