import NetworkKernels

/// `y = a / b`, towards zero for whole numbers.
///
/// - Shapes: broadcast.
/// - Types: float32 and whole numbers; both inputs alike.
/// - Errors: a whole number divided by zero.
struct Div: ArithmeticLayer {
    static let function = BinaryFunction.divide

    static func integer(_ a: Int, _ b: Int) throws(LayerError) -> Int {
        if b == 0 { throw .data("\(a) is divided by zero") }
        return a.dividedReportingOverflow(by: b).partialValue
    }
}
