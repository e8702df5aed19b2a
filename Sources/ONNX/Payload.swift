/// The elements of a large initializer as the file has them, left out of the message that is decoded: there they would
/// be copied once more.
struct Payload {
    var bytes: ArraySlice<UInt8>
    /// Where they can be read again, at the slice's place in it.
    var file: ModelFile?

    /// A model's message without the payloads, and these by the number of their initializer.
    ///
    /// - Parameter leastBytes: fewer bytes stay in the message.
    /// - Precondition: the bytes have passed `WireScan`.
    static func split(
        _ bytes: [UInt8], of file: ModelFile?, leastBytes: Int
    ) throws(ModelError.Fault) -> (message: [UInt8], payloads: [Int: Payload]) {
        var message: [UInt8] = [], payloads: [Int: Payload] = [:]
        for field in try WireScan.fields(of: bytes, in: 0..<bytes.count) {
            guard field.number == modelGraph, let inside = field.content else {
                message += bytes[field.range]
                continue
            }
            var graph: [UInt8] = [], initializers = 0
            for field in try WireScan.fields(of: bytes, in: inside) {
                guard field.number == graphInitializer, let inside = field.content else {
                    graph += bytes[field.range]
                    continue
                }
                defer { initializers += 1 }
                let fields = try WireScan.fields(of: bytes, in: inside)
                let raw = fields.filter { $0.number == tensorRawData && $0.content != nil }
                guard raw.count == 1, let payload = raw[0].content, payload.count >= leastBytes else {
                    graph += bytes[field.range]
                    continue
                }
                payloads[initializers] = Payload(bytes: bytes[payload], file: file)
                let tensor = fields.flatMap { $0.range == raw[0].range ? [] : bytes[$0.range] }
                append(graphInitializer, tensor, to: &graph)
            }
            append(modelGraph, graph, to: &message)
        }
        return payloads.isEmpty ? (bytes, [:]) : (message, payloads)
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
