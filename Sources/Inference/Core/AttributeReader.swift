import ONNX

/// Hands a node's attributes to its layer, each checked for its kind, and notices the ones that nobody asked for.
struct AttributeReader {
    let opset: Int
    let inputs: [String]
    let outputs: [String]
    private var left: [String: Attribute]

    init(_ node: Node, opset: Int) {
        self.opset = opset
        inputs = node.inputs
        outputs = node.outputs
        left = node.attributes
    }

    func hasInput(_ index: Int) -> Bool { index < inputs.count && !inputs[index].isEmpty }
    func hasOutput(_ index: Int) -> Bool { index < outputs.count && !outputs[index].isEmpty }

    private mutating func take<Value>(
        _ name: String, _ kind: String, _ read: (Attribute) -> Value?
    ) throws(LayerError) -> Value? {
        guard let attribute = left.removeValue(forKey: name) else { return nil }
        guard let value = read(attribute) else {
            throw .attribute(name, "is a \(attribute.kind); it must be a \(kind)")
        }
        return value
    }

    mutating func integer(_ name: String) throws(LayerError) -> Int? {
        try take(name, "integer") { if case .integer(let value) = $0 { value } else { nil } }
    }

    mutating func integer(
        _ name: String, in range: ClosedRange<Int>, default value: Int
    ) throws(LayerError) -> Int {
        let result = try integer(name) ?? value
        guard range.contains(result) else {
            throw .attribute(name, "is \(result); allowed are \(range.lowerBound)...\(range.upperBound)")
        }
        return result
    }

    mutating func flag(_ name: String, default value: Bool) throws(LayerError) -> Bool {
        try integer(name).map { $0 != 0 } ?? value
    }

    mutating func float(_ name: String) throws(LayerError) -> Float? {
        try take(name, "float") { if case .float(let value) = $0 { value } else { nil } }
    }

    mutating func float(_ name: String, default value: Float) throws(LayerError) -> Float { try float(name) ?? value }

    mutating func string(_ name: String) throws(LayerError) -> String? {
        try take(name, "string") { if case .string(let value) = $0 { value } else { nil } }
    }

    /// A string that names one of an enumeration's cases.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default value: Choice
    ) throws(LayerError) -> Choice {
        guard let text = try string(name) else { return value }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .attribute(name, "is \"\(printable(text))\"; known are \(known)")
        }
        return choice
    }

    mutating func integers(_ name: String) throws(LayerError) -> [Int]? {
        try take(name, "list of integers") { if case .integers(let value) = $0 { value } else { nil } }
    }

    mutating func floats(_ name: String) throws(LayerError) -> [Float]? {
        try take(name, "list of floats") { if case .floats(let value) = $0 { value } else { nil } }
    }

    mutating func tensor(_ name: String) throws(LayerError) -> TensorData? {
        try take(name, "tensor") { if case .tensor(let value) = $0 { value } else { nil } }
    }

    /// Drops attributes that have no effect on the result.
    mutating func ignore(_ names: String...) {
        for name in names { left.removeValue(forKey: name) }
    }

    /// - Throws: for an attribute that the layer did not read: it would change the result in an unknown way.
    func finish() throws(LayerError) {
        if let name = left.keys.min() {
            throw .attribute(printable(name), "is not known for this operator in operator set \(opset)")
        }
    }
}
