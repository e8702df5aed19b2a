import SwiftProtobuf
import SystemPackage

extension Model {
    /// Reads a model from a file.
    ///
    /// Everything in the file is checked here, before any memory beyond a small multiple of the file is taken: see
    /// `init(bytes:file:limits:)`.
    public static func read(_ path: FilePath, limits: ModelLimits = ModelLimits()) throws(ModelError) -> Model {
        let name = path.lastComponent?.string ?? path.string
        do {
            let file = try ModelFile(path, limit: limits.fileBytes)
            return try Model(checking: FileSource(file), name: name, limits: limits) { .file(file, $0) }
        } catch {
            throw ModelError(file: name, fault: error)
        }
    }

    /// Reads a model from the bytes of an ONNX file.
    ///
    /// - Nodes may stand in any order; they come out sorted.
    /// - Initializers are constants, whether or not they are also listed among the inputs.
    /// - Weights outside the file (external data), sparse weights and functions are refused.
    /// - Parameter file: the name that messages give.
    /// - Throws: `ModelError`, whose text names the file, the place and the reason.
    public init(bytes: [UInt8], file: String, limits: ModelLimits = ModelLimits()) throws(ModelError) {
        do {
            try self.init(checking: bytes, name: file, limits: limits) { .memory(bytes[$0]) }
        } catch {
            throw ModelError(file: file, fault: error)
        }
    }

    private init<Source: MessageSource>(
        checking source: Source, name: String, limits: ModelLimits, payload: (Range<Int>) -> Payload
    ) throws(ModelError.Fault) {
        if source.count == 0 { throw .notAModel("it is empty") }
        if source.count > limits.fileBytes {
            throw .tooMany("bytes", count: source.count, allowed: limits.fileBytes)
        }
        var scan = WireScan(source, limits: limits)
        try scan.checkModel()
        var source = source
        let parts = try SplitModel(&source, leastBytes: limits.payloadBytes, payload: payload)
        let proto: Onnx_ModelProto
        do {
            var options = BinaryDecodingOptions()
            options.discardUnknownFields = true
            options.messageDepthLimit = 16
            proto = try Onnx_ModelProto(serializedBytes: parts.message, options: options)
        } catch {
            throw .notAModel("its fields contradict the format (\(error))")
        }
        guard (1...64).contains(proto.irVersion) else {
            throw .notAModel("its format version is \(proto.irVersion)")
        }
        if let function = proto.functions.first {
            throw .unsupportedFeature("functions inside the model (the first has \(function.count) bytes) are")
        }
        var warnings: [String] = []
        self.graph = try Graph(proto.graph, parts.payloads, limits: limits, warnings: &warnings)
        self.opset = try Model.standardOpset(proto.opsetImport)
        self.file = name
        self.irVersion = Int(proto.irVersion)
        self.producer = [proto.producerName, proto.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
        self.warnings = warnings
    }

    /// The operator sets that can be read.
    static let opsets = 1...21

    private static func standardOpset(_ imports: [Onnx_OperatorSetIdProto]) throws(ModelError.Fault) -> Int {
        let versions = imports.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }.map(\.version)
        guard let version = versions.first else {
            throw .unsupportedVersion("the model states no operator set (opset_import)")
        }
        guard versions.allSatisfy({ $0 == version }) else {
            throw .unsupportedVersion("the model states several operator sets: \(versions)")
        }
        guard let opset = Int(exactly: version), opsets.contains(opset) else {
            throw .unsupportedVersion(
                "operator set \(version); supported are \(opsets.lowerBound) to \(opsets.upperBound)")
        }
        return opset
    }
}

extension Graph {
    init(
        _ proto: Onnx_GraphProto, _ payloads: [Int: Payload], limits: ModelLimits, warnings: inout [String]
    ) throws(ModelError.Fault) {
        name = proto.name
        if !proto.sparseInitializer.isEmpty { throw .unsupportedFeature("sparse initializers are") }
        var initializers: [String: TensorData] = [:]
        initializers.reserveCapacity(proto.initializer.count)
        for (number, tensor) in proto.initializer.enumerated() {
            if tensor.name.isEmpty { throw .tensor(name: "", "an initializer needs a name") }
            let data = try TensorData(tensor, payload: payloads[number], limits: limits)
            if let odd = data.elements.firstOddNumber {
                warnings.append("initializer \"\(printable(tensor.name))\" holds \(odd)")
            }
            if initializers.updateValue(data, forKey: tensor.name) != nil {
                throw .nameMadeTwice(tensor.name, by: "an initializer")
            }
        }
        self.initializers = initializers

        var inputs: [ValueInfo] = []
        var seen: Set<String> = []
        for value in proto.input {
            guard seen.insert(value.name).inserted else { throw .nameMadeTwice(value.name, by: "an input") }
            // The declared type of a constant says nothing that the constant itself does not say.
            if initializers[value.name] == nil { inputs.append(try ValueInfo(value, limits: limits)) }
        }
        self.inputs = inputs

        var nodes: [Node] = []
        nodes.reserveCapacity(proto.node.count)
        for node in proto.node { nodes.append(try Node(node, limits: limits)) }
        self.nodes = try sorted(nodes, given: seen.union(initializers.keys))

        if proto.output.isEmpty { throw .notAModel("its graph has no outputs") }
        let made = seen.union(initializers.keys).union(self.nodes.flatMap(\.outputs))
        var outputs: [ValueInfo] = []
        for value in proto.output {
            guard !value.name.isEmpty, made.contains(value.name) else {
                throw .nameNotMade(value.name, usedBy: "the list of outputs")
            }
            outputs.append(try ValueInfo(value, limits: limits))
        }
        self.outputs = outputs
    }
}

extension ValueInfo {
    /// What exporters write for sizes that have no name of their own, so that it may stand for several.
    private static let openNames: Set<String> = ["", "?", "-1", "None"]

    init(_ proto: Onnx_ValueInfoProto, limits: ModelLimits) throws(ModelError.Fault) {
        name = proto.name
        if name.isEmpty { throw .tensor(name: "", "an input or output needs a name") }
        guard proto.hasType, proto.type.hasTensorType else {
            throw .tensor(name: name, "it is not declared as a tensor; sequences, maps and optionals are not supported")
        }
        let declared = proto.type.tensorType
        guard let stored = StoredType(rawValue: declared.elemType) else {
            throw .tensor(name: name, "elements of type \(StoredType.name(of: declared.elemType)) are not supported")
        }
        type = stored.elementType
        guard declared.hasShape else {
            shape = nil
            return
        }
        var shape: [DeclaredDimension] = []
        for entry in declared.shape.dim {
            if entry.hasDimValue, entry.dimValue != -1 {
                guard entry.dimValue >= 0, entry.dimValue <= Int64(Int32.max) else {
                    throw .tensor(name: name, "a dimension of \(entry.dimValue)")
                }
                shape.append(.fixed(Int(entry.dimValue)))
            } else {
                // Some exporters write -1 for a size that is open.
                shape.append(Self.openNames.contains(entry.dimParam) ? .unknown : .named(entry.dimParam))
            }
        }
        self.shape = shape
    }
}
