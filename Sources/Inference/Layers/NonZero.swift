import ONNX

/// Where the input is not zero: `[rank, n]`, int64, a column for each place in row-major order.
///
/// - Types: any.
struct NonZero: Layer {
    static var opsets: ClosedRange<Int> { 9...21 }

    init(_ node: inout AttributeReader) {}

    var isAlwaysLate: Bool { true }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.constant(0)
        let shape = input.shape
        let strides = rowMajorStrides(shape)
        let places = input.withView { view in (0..<input.count).filter { view.double(at: $0) != 0 } }
        var numbers: [Int64] = []
        for axis in shape.indices { numbers += places.map { Int64($0 / strides[axis] % shape[axis]) } }
        return [ValueFacts(try Tensor(shape: [shape.count, places.count], int64s: numbers))]
    }

    func run(_ run: LayerRun) { preconditionFailure("the value is found with its shape") }
}
