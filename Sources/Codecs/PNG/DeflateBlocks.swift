/// Finds the last block of a deflate stream (RFC 1951), so that its "last" bit can be cleared and another stream can
/// follow: libdeflate ends every stream that it writes.
///
/// For streams that we wrote; a malformed one gives nil.
struct DeflateBlocks {
    /// The bit at which the last block begins, and the bit behind its end.
    struct LastBlock: Equatable {
        var start: Int
        var end: Int
    }

    /// Bits are counted from the lowest of the first byte. Eight more bytes behind `count` have to be readable.
    static func last(in bytes: UnsafeRawPointer, count: Int) -> LastBlock? {
        var blocks = DeflateBlocks(bytes: bytes, bitCount: count * 8)
        return blocks.walk()
    }

    private let bytes: UnsafeRawPointer
    private let bitCount: Int
    private var position = 0
    private var symbols = PrefixCode([], .symbols)
    private var distances = PrefixCode([], .distances)

    private init(bytes: UnsafeRawPointer, bitCount: Int) {
        self.bytes = bytes
        self.bitCount = bitCount
    }

    /// At least 57 bits from `place` on.
    @inline(__always)
    private func window(_ place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place >> 3, as: UInt64.self)) >> UInt64(place & 7)
    }

    private mutating func take(_ count: Int) -> Int {
        guard position < bitCount else { return 0 }
        let value = Int(window(position) & (1 << UInt64(count) - 1))
        position += count
        return value
    }

    private mutating func walk() -> LastBlock? {
        while position < bitCount {
            let start = position
            let isLast = take(1) == 1
            switch take(2) {
            case 0:
                position = (position + 7) & ~7
                position += 32 + 8 * take(16) - 16
            case 1:
                let lengths =
                    [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
                    + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)
                symbols = PrefixCode(lengths, .symbols)
                distances = PrefixCode([UInt8](repeating: 5, count: 30), .distances)
                guard skipSymbols() else { return nil }
            case 2:
                guard readCodes(), skipSymbols() else { return nil }
            default: return nil
            }
            guard position <= bitCount else { return nil }
            if isLast { return LastBlock(start: start, end: position) }
        }
        return nil
    }

    private mutating func readCodes() -> Bool {
        let symbolCount = take(5) + 257
        let distanceCount = take(5) + 1
        var codeLengths = [UInt8](repeating: 0, count: 19)
        for index in 0..<(take(4) + 4) { codeLengths[DeflateSymbols.lengthOrder[index]] = UInt8(take(3)) }
        let code = PrefixCode(codeLengths, .lengths)
        var lengths: [UInt8] = []
        while lengths.count < symbolCount + distanceCount {
            guard position < bitCount, let step = code.decode(window(position)) else { return false }
            position += step.bits
            switch step.symbol {
            case 0...15: lengths.append(UInt8(step.symbol))
            case 16:
                guard let previous = lengths.last else { return false }
                lengths += [UInt8](repeating: previous, count: 3 + take(2))
            case 17: lengths += [UInt8](repeating: 0, count: 3 + take(3))
            default: lengths += [UInt8](repeating: 0, count: 11 + take(7))
            }
        }
        guard lengths.count == symbolCount + distanceCount else { return false }
        symbols = PrefixCode(Array(lengths[..<symbolCount]), .symbols)
        distances = PrefixCode(Array(lengths[symbolCount...]), .distances)
        return true
    }

    /// Passes over literals and matches up to the end of the block.
    ///
    /// Without a branch that depends on which of the two comes next: a symbol says in which table to look up what follows
    /// it.
    private mutating func skipSymbols() -> Bool {
        let steps = symbols.steps + distances.steps
        var place = position
        defer { position = place }
        return steps.withUnsafeBufferPointer { steps in
            var table = 0
            while place < bitCount {
                // At least 57 bits: two steps of at most 15 + 13.
                var bits = window(place)
                for _ in 0..<2 {
                    var step = steps[table + Int(bits & PrefixCode.mask)]
                    if step.isSpecial {
                        if step.isMissing {
                            guard let found = (table == 0 ? symbols : distances).decode(bits) else { return false }
                            step = found
                        }
                        if step.isSpecial {
                            place += step.bits
                            return true
                        }
                    }
                    place += step.bits
                    bits >>= UInt64(step.bits)
                    table = step.nextTable
                }
            }
            return false
        }
    }
}

/// A canonical Huffman code of at most 15 bits.
private struct PrefixCode {
    enum Alphabet { case lengths, symbols, distances }

    /// What one symbol costs, and where the next is looked up.
    struct Step {
        /// Bits of the code word and of what follows it.
        var bits: Int { Int(packed & 63) }
        /// The end of a block, or no short code word.
        var isSpecial: Bool { packed & 64 != 0 }
        var isMissing: Bool { packed == 64 }
        /// Where the table of what follows begins: a distance follows a length, a symbol everything else.
        var nextTable: Int { Int(packed & 128) << (quickBits - 7) }
        var symbol: Int { Int(packed >> 8) }
        private var packed: UInt32 = 64

        /// Missing.
        init() {}

        init(symbol: Int, codeBits: Int, _ alphabet: Alphabet) {
            var extra = 0
            var flags: UInt32 = 0
            switch alphabet {
            case .lengths: break
            case .symbols:
                if symbol == 256 { flags = 64 }
                if symbol > 256 { flags = 128 }
                extra = DeflateSymbols.extraBits(ofSymbol: symbol)
            case .distances: extra = DeflateSymbols.extraBits(ofDistance: symbol)
            }
            packed = UInt32(codeBits + extra) | flags | UInt32(symbol) << 8
        }
    }

    static let quickBits = 11
    static let mask: UInt64 = 1 << 11 - 1

    /// By the next 11 bits; missing for longer code words.
    private(set) var steps: [Step]
    private var counts = [Int](repeating: 0, count: 16)
    /// Symbols in the order of their code words.
    private var sorted: [Int] = []
    private let alphabet: Alphabet

    init(_ lengths: [UInt8], _ alphabet: Alphabet) {
        self.alphabet = alphabet
        steps = [Step](repeating: Step(), count: 1 << PrefixCode.quickBits)
        var code = 0
        for length in 1...15 {
            for symbol in lengths.indices where lengths[symbol] == length {
                sorted.append(symbol)
                counts[length] += 1
                if length <= PrefixCode.quickBits, code < 1 << length {
                    // Code words are stored from their highest bit on.
                    let first = (0..<length).reduce(0) { $0 | (code >> $1 & 1) << (length - 1 - $1) }
                    let step = Step(symbol: symbol, codeBits: length, alphabet)
                    for index in stride(from: first, to: steps.count, by: 1 << length) { steps[index] = step }
                }
                code += 1
            }
            code <<= 1
        }
    }

    /// One bit after the other.
    func decode(_ bits: UInt64) -> Step? {
        var (code, first, index) = (0, 0, 0)
        for length in 1...15 {
            code |= Int(bits >> UInt64(length - 1) & 1)
            if code - first < counts[length] {
                return Step(symbol: sorted[index + code - first], codeBits: length, alphabet)
            }
            index += counts[length]
            first = (first + counts[length]) << 1
            code <<= 1
        }
        return nil
    }
}
