import CPairs

/// Two products of a convolution over bytes that lie one below the other: `first · rows[row][x + offset]` plus `second`
/// times the byte under it. In a pair row the two bytes lie side by side.
public struct PairTap: Sendable, Equatable {
    public var row: Int
    /// In samples.
    public var offset: Int
    public var first: Int8
    public var second: Int8

    public init(row: Int, offset: Int, first: Int8, second: Int8) {
        self.row = row
        self.offset = offset
        self.first = first
        self.second = second
    }

    /// The two products of bytes have to fit 16 bits together.
    public static func fits(_ first: Int, _ second: Int) -> Bool {
        (-128...127).contains(first) && (-128...127).contains(second) && abs(first) + abs(second) <= 128
    }
}

private typealias Bytes = SIMD4<Int64>
private typealias Sums = SIMD16<Int16>

@inline(__always)
private func load(_ pointer: UnsafePointer<UInt8>) -> Bytes {
    UnsafeRawPointer(pointer).loadUnaligned(as: Bytes.self)
}

@inline(__always)
private func products(_ bytes: Bytes, _ weights: Bytes) -> Sums {
    unsafeBitCast(svertka_pair_products(bytes, weights), to: Sums.self)
}

@inline(__always)
private func store(_ sums: Sums, _ pointer: UnsafeMutablePointer<Int16>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: sums, as: Sums.self)
}

@inline(__always)
private func weights(_ tap: PairTap) -> Bytes {
    let pair = Int16(bitPattern: UInt16(UInt8(bitPattern: tap.first)) | UInt16(UInt8(bitPattern: tap.second)) << 8)
    return unsafeBitCast(Sums(repeating: pair), to: Bytes.self)
}

/// `output[x] = Σ first · a + second · b` over the taps, where `a` and `b` are the bytes `2 · (x + offset)` and the next
/// one of a pair row; sums wrap around. This is the definition that `convolvePairs` is compared with.
public func convolvePairsScalar(
    _ rows: UnsafePointer<UnsafePointer<UInt8>>, _ taps: UnsafeBufferPointer<PairTap>,
    _ output: UnsafeMutablePointer<Int16>, count: Int
) {
    for x in 0..<count { output[x] = sum(rows, taps, x) }
}

@inline(__always)
private func sum(
    _ rows: UnsafePointer<UnsafePointer<UInt8>>, _ taps: UnsafeBufferPointer<PairTap>, _ x: Int
) -> Int16 {
    var sum: Int16 = 0
    for tap in taps {
        let pair = rows[tap.row] + 2 * (x + tap.offset)
        sum = sum &+ Int16(pair[0]) &* Int16(tap.first) &+ Int16(pair[1]) &* Int16(tap.second)
    }
    return sum
}

/// The sum of pair taps, 128 samples in registers at a time; equal to `convolvePairsScalar`.
public func convolvePairs(
    _ rows: UnsafePointer<UnsafePointer<UInt8>>, _ taps: UnsafeBufferPointer<PairTap>,
    _ output: UnsafeMutablePointer<Int16>, count: Int
) {
    var x = 0
    while x + 128 <= count {
        var a0 = Sums.zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0
        for tap in taps {
            let p = rows[tap.row] + 2 * (x + tap.offset)
            let w = weights(tap)
            a0 &+= products(load(p), w)
            a1 &+= products(load(p + 32), w)
            a2 &+= products(load(p + 64), w)
            a3 &+= products(load(p + 96), w)
            a4 &+= products(load(p + 128), w)
            a5 &+= products(load(p + 160), w)
            a6 &+= products(load(p + 192), w)
            a7 &+= products(load(p + 224), w)
        }
        let o = output + x
        store(a0, o)
        store(a1, o + 16)
        store(a2, o + 32)
        store(a3, o + 48)
        store(a4, o + 64)
        store(a5, o + 80)
        store(a6, o + 96)
        store(a7, o + 112)
        x += 128
    }
    while x + 16 <= count {
        var sum = Sums.zero
        for tap in taps { sum &+= products(load(rows[tap.row] + 2 * (x + tap.offset)), weights(tap)) }
        store(sum, output + x)
        x += 16
    }
    while x < count {
        output[x] = sum(rows, taps, x)
        x += 1
    }
}

/// `pairs[2x] = upper[x]`, `pairs[2x + 1] = lower[x]`.
public func pairRows(
    _ upper: UnsafePointer<UInt8>, _ lower: UnsafePointer<UInt8>, to pairs: UnsafeMutablePointer<UInt16>, count: Int
) {
    for x in 0..<count { pairs[x] = UInt16(upper[x]) | UInt16(lower[x]) << 8 }
}
