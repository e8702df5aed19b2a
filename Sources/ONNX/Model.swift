/// A network as its file states it, checked: every name that is used is made exactly once before its use.
public struct Model: Sendable {
    /// The file's name, for messages.
    public var file: String
    public var irVersion: Int
    public var producer: String
    /// The operator set of the standard domain, `1...21`.
    public var opset: Int
    public var graph: Graph
    /// What is odd about the file and yet no reason to refuse it, such as a weight that is not a number.
    public var warnings: [String]
}

/// Nodes in an order in which every input is made before it is used.
public struct Graph: Sendable {
    public var name: String
    /// What a caller has to supply: the file's inputs without those that initializers give a value.
    public var inputs: [ValueInfo]
    public var outputs: [ValueInfo]
    public var initializers: [String: TensorData]
    public var nodes: [Node]

    /// The file that initializers are read from when they are needed; nil where all are in memory.
    public var weightsFile: ModelFile? {
        for case .float32InFile(let floats) in initializers.values.lazy.map(\.elements) { return floats.file }
        return nil
    }
}

/// The declared type of an input or output.
public struct ValueInfo: Sendable, Equatable {
    public var name: String
    public var type: ElementType
    /// Nil where the file states no shape at all.
    public var shape: [DeclaredDimension]?

    public init(name: String, type: ElementType, shape: [DeclaredDimension]?) {
        self.name = name
        self.type = type
        self.shape = shape
    }
}

/// One entry of a declared shape.
public enum DeclaredDimension: Sendable, Hashable, CustomStringConvertible {
    case fixed(Int)
    /// Any size, the same wherever the same name stands.
    case named(String)
    case unknown

    public var description: String {
        switch self {
        case .fixed(let size): String(size)
        case .named(let name): printable(name)
        case .unknown: "?"
        }
    }
}

/// One application of an operator.
public struct Node: Sendable {
    public var name: String
    /// The operator's name, with its domain and a colon before it when that is not the standard one.
    public var operatorName: String
    /// Empty names stand for optional inputs that are left out.
    public var inputs: [String]
    /// Empty names stand for outputs that nobody wants.
    public var outputs: [String]
    public var attributes: [String: Attribute]

    public init(
        name: String, operatorName: String, inputs: [String], outputs: [String], attributes: [String: Attribute] = [:]
    ) {
        self.name = name
        self.operatorName = operatorName
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }

    /// How people refer to it: by its name, or by the first value that it makes where it has none.
    public var givenName: String { name.isEmpty ? outputs.first { !$0.isEmpty } ?? "" : name }

    /// How messages call this node: by name, or by what it makes where it has none.
    public var label: String {
        if !name.isEmpty { return "node \"\(printable(name))\" (\(printable(operatorName)))" }
        return "the \(printable(operatorName)) that makes \"\(printable(outputs.first { !$0.isEmpty } ?? ""))\""
    }
}

public enum Attribute: Sendable {
    case integer(Int)
    case float(Float)
    case string(String)
    case tensor(TensorData)
    case integers([Int])
    case floats([Float])
    case strings([String])
    /// A graph within the graph, as If, Loop and Scan have it; its content is not read.
    case subgraph

    /// The kind as messages name it.
    public var kind: String {
        switch self {
        case .integer: "integer"
        case .float: "float"
        case .string: "string"
        case .tensor: "tensor"
        case .integers: "list of integers"
        case .floats: "list of floats"
        case .strings: "list of strings"
        case .subgraph: "graph"
        }
    }
}

/// A tensor that the file carries: weights or constants, elements in row-major order.
public struct TensorData: Sendable {
    public enum Elements: Sendable {
        case float32([Float])
        /// Many, which stay in the model's file.
        case float32InFile(FloatsInFile)
        case int64([Int64])
        case int32([Int32])
        case uint8([UInt8])
        case int8([Int8])
        /// 0 and 1.
        case bool([UInt8])
    }

    public var name: String
    /// Sizes, none negative; their product is the number of elements.
    public var shape: [Int]
    public var elements: Elements

    public init(name: String, shape: [Int], elements: Elements) {
        self.name = name
        self.shape = shape
        self.elements = elements
    }

    public var type: ElementType {
        switch elements {
        case .float32, .float32InFile: .float32
        case .int64: .int64
        case .int32: .int32
        case .uint8: .uint8
        case .int8: .int8
        case .bool: .bool
        }
    }

    public var count: Int {
        switch elements {
        case .float32(let values): values.count
        case .float32InFile(let floats): floats.count
        case .int64(let values): values.count
        case .int32(let values): values.count
        case .uint8(let values), .bool(let values): values.count
        case .int8(let values): values.count
        }
    }
}
