import NetworkKernels

/// `y = −1, 0 or 1, as x is below, at or above zero`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32 and whole numbers, which wrap around.
struct Sign: NumericElementwiseLayer {
    static var opsets: ClosedRange<Int> { 9...21 }
    var function: UnaryFunction { .sign }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }

    func integer(_ value: Int) -> Int {
        value < 0 ? 0 &- 1 : value > 0 ? 1 : 0
    }
}
