/// The bytes of a protobuf message: in memory, or in a file of which a piece at a time is.
protocol MessageSource {
    typealias Fault = ModelError.Fault

    var count: Int { get }

    /// - Precondition: there are so many.
    mutating func byte(at place: Int) throws(Fault) -> UInt8

    /// - Precondition: there are so many.
    mutating func bytes(in range: Range<Int>) throws(Fault) -> ArraySlice<UInt8>
}

extension Array<UInt8>: MessageSource {
    func byte(at place: Int) throws(Fault) -> UInt8 { self[place] }
    func bytes(in range: Range<Int>) throws(Fault) -> ArraySlice<UInt8> { self[range] }
}

/// The bytes of a file.
struct FileSource: MessageSource {
    let file: ModelFile
    private var window: [UInt8] = []
    private var first = 0

    /// What stands between two payloads has some hundred bytes.
    private static let windowSize = 1 << 12

    init(_ file: ModelFile) { self.file = file }

    var count: Int { file.byteCount }

    mutating func byte(at place: Int) throws(Fault) -> UInt8 {
        if place < first || place >= first + window.count {
            window = try file.bytes(in: place..<min(place + Self.windowSize, count))
            first = place
        }
        return window[place - first]
    }

    func bytes(in range: Range<Int>) throws(Fault) -> ArraySlice<UInt8> { try file.bytes(in: range)[...] }
}

/// One field of a message.
struct MessageField {
    var number: UInt64
    /// All of it.
    var range: Range<Int>
    /// What it holds, where its length is stated.
    var content: Range<Int>?
}

extension MessageSource {
    /// The fields of a message in `range`, without a look into them.
    mutating func fields(in range: Range<Int>) throws(Fault) -> [MessageField] {
        var fields: [MessageField] = [], at = range.lowerBound
        while at < range.upperBound { fields.append(try field(&at, end: range.upperBound)) }
        return fields
    }

    /// The field at a place, which moves behind it.
    mutating func field(_ at: inout Int, end: Int) throws(Fault) -> MessageField {
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
        return MessageField(number: number, range: start..<at, content: content)
    }

    private func skip(_ length: Int, _ at: inout Int, end: Int) throws(Fault) {
        if end - at < length { throw .malformed(offset: at, "the bytes end within a number") }
        at += length
    }

    private mutating func varint(_ at: inout Int, end: Int) throws(Fault) -> UInt64 {
        let start = at
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard at < end else { throw .malformed(offset: start, "the bytes end within a number") }
            let byte = try byte(at: at)
            at += 1
            if shift == 63 && byte > 1 { throw .malformed(offset: start, "a number of more than 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed(offset: start, "a number of more than ten bytes")
    }
}
