/// A walk over a protobuf message that proves its framing before anything is allocated for it.
///
/// Every tag, varint and length is checked against the bytes that remain; groups (wire types 3 and 4) are refused;
/// the number of nodes, weights and attributes is held against the limits. The walk descends only into the messages
/// of the table below, so its depth is bounded by the table and not by the file.
struct WireScan<Source: MessageSource> {
    /// The messages whose insides are walked.
    private enum Message {
        case model, opset, graph, node, attribute, tensor, entry, valueInfo, type, tensorType, shape, dimension

        /// What a length-delimited field of this message holds; nil for text, bytes, packed numbers and fields that
        /// are not read.
        func child(_ field: UInt64) -> Message? {
            switch (self, field) {
            case (.model, 7): .graph
            case (.model, 8): .opset
            case (.graph, 1): .node
            case (.graph, 5): .tensor
            case (.graph, 11), (.graph, 12): .valueInfo
            case (.node, 5): .attribute
            case (.attribute, 5): .tensor
            case (.tensor, 13): .entry
            case (.valueInfo, 2): .type
            case (.type, 1): .tensorType
            case (.tensorType, 2): .shape
            case (.shape, 1): .dimension
            default: nil
            }
        }
    }

    private struct Counts {
        var graphs = 0
        var nodes = 0
        var initializers = 0
        var declared = 0
    }

    private var source: Source
    private let limits: ModelLimits
    private var counts = Counts()

    init(_ source: Source, limits: ModelLimits) {
        self.source = source
        self.limits = limits
    }

    /// Checks the bytes as a `ModelProto`.
    mutating func checkModel() throws(Fault) {
        try walk(.model, 0..<source.count)
        if counts.graphs != 1 { throw .notAModel("it holds \(counts.graphs) graphs") }
    }

    /// Checks the bytes as a `TensorProto`.
    mutating func checkTensor() throws(Fault) { try walk(.tensor, 0..<source.count) }

    typealias Fault = ModelError.Fault

    private mutating func walk(_ message: Message, _ range: Range<Int>) throws(Fault) {
        var at = range.lowerBound
        var values = 0
        var attributes = 0
        while at < range.upperBound {
            let field = try source.field(&at, end: range.upperBound)
            guard let inside = field.content else { continue }
            switch (message, field.number) {
            case (.model, 7): counts.graphs += 1
            case (.graph, 1): try count("nodes", &counts.nodes, limits.nodes)
            case (.graph, 5): try count("initializers", &counts.initializers, limits.initializers)
            case (.graph, 11), (.graph, 12):
                try count("declared inputs and outputs", &counts.declared, limits.declaredValues)
            case (.node, 1), (.node, 2):
                try count("inputs and outputs of one node", &values, limits.valuesPerNode)
            case (.node, 5): try count("attributes of one node", &attributes, limits.attributesPerNode)
            case (.shape, 1): try count("dimensions", &values, limits.rank)
            default: break
            }
            if let child = message.child(field.number) { try walk(child, inside) }
        }
    }

    private func count(_ what: String, _ counter: inout Int, _ allowed: Int) throws(Fault) {
        counter += 1
        if counter > allowed { throw .tooMany("or more \(what)", count: counter, allowed: allowed) }
    }
}
