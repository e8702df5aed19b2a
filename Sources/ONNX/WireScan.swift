/// A walk over a protobuf message that proves its framing before anything is allocated for it.
///
/// Every tag, varint and length is checked against the bytes that remain; groups (wire types 3 and 4) are refused;
/// the number of nodes, weights and attributes is held against the limits. The walk descends only into the messages
/// of the table below, so its depth is bounded by the table and not by the file.
struct WireScan {
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

    private let bytes: [UInt8]
    private let limits: ModelLimits
    private var counts = Counts()

    /// Checks `bytes` as a `ModelProto`.
    static func check(_ bytes: [UInt8], limits: ModelLimits) throws(Fault) {
        var scan = WireScan(bytes: bytes, limits: limits)
        try scan.walk(.model, 0..<bytes.count)
        if scan.counts.graphs != 1 { throw .notAModel("it holds \(scan.counts.graphs) graphs") }
    }

    /// Checks `bytes` as a `TensorProto`.
    static func checkTensor(_ bytes: [UInt8], limits: ModelLimits) throws(Fault) {
        var scan = WireScan(bytes: bytes, limits: limits)
        try scan.walk(.tensor, 0..<bytes.count)
    }

    typealias Fault = ModelError.Fault

    private init(bytes: [UInt8], limits: ModelLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// One field of a message.
    struct Field {
        var number: UInt64
        /// All of it.
        var range: Range<Int>
        /// What it holds, where its length is stated.
        var content: Range<Int>?
    }

    /// The fields of a message in `range`, without a look into them.
    static func fields(of bytes: [UInt8], in range: Range<Int>) throws(Fault) -> [Field] {
        let scan = WireScan(bytes: bytes, limits: ModelLimits())
        var fields: [Field] = [], at = range.lowerBound
        while at < range.upperBound { fields.append(try scan.field(&at, end: range.upperBound)) }
        return fields
    }

    private func field(_ at: inout Int, end: Int) throws(Fault) -> Field {
        let start = at
        let tag = try varint(&at, end: end)
        let number = tag >> 3
        if number == 0 || number > 0x1fff_ffff { throw .malformed(offset: start, "there is no field \(number)") }
        var content: Range<Int>?
        switch tag & 7 {
        case 0: _ = try varint(&at, end: end)
        case 1: try skip(8, &at, end: end)
        case 5: try skip(4, &at, end: end)
        case 2:
            let length = try varint(&at, end: end)
            guard length <= UInt64(end - at) else {
                throw .malformed(offset: start, "a field of \(length) bytes where \(end - at) remain")
            }
            content = at..<at + Int(length)
            at += Int(length)
        case let kind:
            throw .malformed(offset: start, "wire type \(kind), which the format does not have")
        }
        return Field(number: number, range: start..<at, content: content)
    }

    private mutating func walk(_ message: Message, _ range: Range<Int>) throws(Fault) {
        var at = range.lowerBound
        var values = 0
        var attributes = 0
        while at < range.upperBound {
            let field = try field(&at, end: range.upperBound)
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

    private func skip(_ length: Int, _ at: inout Int, end: Int) throws(Fault) {
        if end - at < length { throw .malformed(offset: at, "the bytes end within a number") }
        at += length
    }

    private func varint(_ at: inout Int, end: Int) throws(Fault) -> UInt64 {
        let start = at
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard at < end else { throw .malformed(offset: start, "the bytes end within a number") }
            let byte = bytes[at]
            at += 1
            if shift == 63 && byte > 1 { throw .malformed(offset: start, "a number of more than 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed(offset: start, "a number of more than ten bytes")
    }
}
