import ONNX

/// A tensor that the node itself carries.
///
/// - One of the attributes `value`, `value_float`, `value_floats`, `value_int`, `value_ints`.
struct Constant: Layer {
    static var inputCount: ClosedRange<Int> { 0...0 }
    let value: Tensor

    init(_ node: inout AttributeReader) throws(LayerError) {
        if let data = try node.tensor("value") {
            value = try Tensor(data)
        } else if let number = try node.float("value_float") {
            value = try Tensor(shape: [], floats: [number])
        } else if let numbers = try node.floats("value_floats") {
            value = try Tensor(shape: [numbers.count], floats: numbers)
        } else if let number = try node.integer("value_int") {
            value = try Tensor(shape: [], int64s: [Int64(number)])
        } else if let numbers = try node.integers("value_ints") {
            value = try Tensor(shape: [numbers.count], int64s: numbers.map { Int64($0) })
        } else {
            throw .attribute("value", "is missing")
        }
    }

    func outputs(for inputs: LayerInputs) -> [ValueFacts] { [ValueFacts(value)] }

    func run(_ run: LayerRun) { run.output().copy(from: value.view) }
}
