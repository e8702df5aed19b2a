/// The elements of a large initializer as the file has them, left out of the message that is decoded: there they would
/// be copied once more.
enum Payload {
    case memory(ArraySlice<UInt8>)
    case file(ModelFile, Range<Int>)

    var count: Int {
        switch self {
        case .memory(let bytes): bytes.count
        case .file(_, let range): range.count
        }
    }
}

/// A model's message without the payloads, and these by the number of their initializer.
struct SplitModel {
    private(set) var message: [UInt8] = []
    private(set) var payloads: [Int: Payload] = [:]

    /// - Parameters:
    ///   - leastBytes: fewer bytes stay in the message.
    ///   - payload: the one in some bytes of the source.
    /// - Precondition: the bytes have passed `WireScan`.
    init<Source: MessageSource>(
        _ source: inout Source, leastBytes: Int, payload: (Range<Int>) -> Payload
    ) throws(ModelError.Fault) {
        for field in try source.fields(in: 0..<source.count) {
            guard field.number == Self.modelGraph, let inside = field.content else {
                message += try source.bytes(in: field.range)
                continue
            }
            var graph: [UInt8] = [], initializers = 0
            for field in try source.fields(in: inside) {
                guard field.number == Self.graphInitializer, let inside = field.content else {
                    graph += try source.bytes(in: field.range)
                    continue
                }
                defer { initializers += 1 }
                let fields = try source.fields(in: inside)
                let raw = fields.filter { $0.number == Self.tensorRawData && $0.content != nil }
                guard raw.count == 1, let data = raw[0].content, data.count >= leastBytes else {
                    graph += try source.bytes(in: field.range)
                    continue
                }
                payloads[initializers] = payload(data)
                var tensor: [UInt8] = []
                for field in fields where field.range != raw[0].range { tensor += try source.bytes(in: field.range) }
                Self.append(Self.graphInitializer, tensor, to: &graph)
            }
            Self.append(Self.modelGraph, graph, to: &message)
        }
    }

    // Field numbers of the format.
    private static let modelGraph: UInt64 = 7
    private static let graphInitializer: UInt64 = 5
    private static let tensorRawData: UInt64 = 9

    private static func append(_ field: UInt64, _ content: [UInt8], to message: inout [UInt8]) {
        for number in [field << 3 | 2, UInt64(content.count)] {
            var rest = number
            while rest >= 0x80 {
                message.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            message.append(UInt8(rest))
        }
        message += content
    }
}
