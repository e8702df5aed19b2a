import ONNX

/// What is known about a value before a run.
struct ValueFacts {
    var type: TensorType
    /// The value itself where it does not depend on the network's input data.
    var constant: Tensor?

    init(_ type: TensorType, constant: Tensor? = nil) {
        self.type = type
        self.constant = constant
    }

    init(_ constant: Tensor) {
        type = constant.type
        self.constant = constant
    }
}

/// What a layer knows of its inputs when it states its outputs' types.
struct LayerInputs {
    let facts: [ValueFacts?]

    var count: Int { facts.count }

    /// The type of an input that may be left out.
    func optional(_ index: Int) -> TensorType? { index < facts.count ? facts[index]?.type : nil }

    func has(_ index: Int) -> Bool { optional(index) != nil }

    func type(_ index: Int) throws(LayerError) -> TensorType {
        guard let type = optional(index) else { throw .inputs("input \(index) is missing") }
        return type
    }

    /// The type of an input that must have one of some element types.
    func type(_ index: Int, _ allowed: ElementType...) throws(LayerError) -> TensorType {
        let type = try type(index)
        guard allowed.contains(type.element) else {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw .type("input \(index) is \(type.element); supported are \(names)")
        }
        return type
    }

    /// The value of an input on which the output's shape depends.
    ///
    /// - Throws: `valueNeeded` where it is known only in a run.
    func constant(_ index: Int) throws(LayerError) -> Tensor {
        _ = try type(index)
        guard let constant = facts[index]?.constant else { throw .valueNeeded(input: index) }
        return constant
    }

    /// The whole numbers of an input of rank 0 or 1.
    func integers(_ index: Int) throws(LayerError) -> [Int] {
        let type = try type(index)
        guard type.rank <= 1, type.element.isInteger, let values = try constant(index).integers else {
            throw .type("input \(index) is \(type); it must be a list of integers")
        }
        return values
    }

    func integer(_ index: Int) throws(LayerError) -> Int {
        let values = try integers(index)
        guard values.count == 1 else { throw .shape("input \(index) has \(values.count) elements instead of one") }
        return values[0]
    }
}

/// An axis counted from the end when negative, as ONNX does.
func normalized(axis: Int, rank: Int) throws(LayerError) -> Int {
    guard axis >= -rank, axis < rank else { throw .shape("axis \(axis) of a tensor of rank \(rank)") }
    return axis < 0 ? axis + rank : axis
}

/// - Throws: `LayerError.shape` also where an axis stands twice.
func normalized(axes: [Int], rank: Int) throws(LayerError) -> [Int] {
    var result: [Int] = []
    for axis in axes { result.append(try normalized(axis: axis, rank: rank)) }
    if Set(result).count < result.count { throw .shape("axes \(axes) name one axis twice") }
    return result
}
