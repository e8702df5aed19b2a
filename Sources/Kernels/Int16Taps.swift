private typealias Vector = SIMD16<Int16>

@inline(__always)
private func load(_ pointer: UnsafePointer<Int16>) -> Vector {
    UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

@inline(__always)
private func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Int16>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

/// The sum of taps over 16-bit samples, 128 samples in registers at a time; equal to `convolveTapsScalar`.
///
/// Weights of 1 and -1, the most frequent ones, cost an addition and no multiplication.
public func convolveTaps(
    _ rows: UnsafePointer<UnsafePointer<Int16>>, _ taps: UnsafeBufferPointer<Tap<Int16>>,
    _ output: UnsafeMutablePointer<Int16>, count: Int
) {
    var x = 0
    while x + 128 <= count {
        convolveBlock(rows, taps, output, x)
        x += 128
    }
    while x + 16 <= count {
        var sum = Vector.zero
        for tap in taps { sum &+= load(rows[tap.row] + (x + tap.offset)) &* Vector(repeating: tap.weight) }
        store(sum, output + x)
        x += 16
    }
    while x < count {
        var sum: Int16 = 0
        for tap in taps { sum = sum &+ rows[tap.row][x + tap.offset] &* tap.weight }
        output[x] = sum
        x += 1
    }
}

@inline(__always)
private func convolveBlock(
    _ rows: UnsafePointer<UnsafePointer<Int16>>, _ taps: UnsafeBufferPointer<Tap<Int16>>,
    _ output: UnsafeMutablePointer<Int16>, _ x: Int
) {
    var a0 = Vector.zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0
    for tap in taps {
        let p = rows[tap.row] + (x + tap.offset)
        if tap.weight == 1 {
            a0 &+= load(p); a1 &+= load(p + 16); a2 &+= load(p + 32); a3 &+= load(p + 48)
            a4 &+= load(p + 64); a5 &+= load(p + 80); a6 &+= load(p + 96); a7 &+= load(p + 112)
        } else if tap.weight == -1 {
            a0 &-= load(p); a1 &-= load(p + 16); a2 &-= load(p + 32); a3 &-= load(p + 48)
            a4 &-= load(p + 64); a5 &-= load(p + 80); a6 &-= load(p + 96); a7 &-= load(p + 112)
        } else {
            let w = Vector(repeating: tap.weight)
            a0 &+= load(p) &* w; a1 &+= load(p + 16) &* w; a2 &+= load(p + 32) &* w; a3 &+= load(p + 48) &* w
            a4 &+= load(p + 64) &* w; a5 &+= load(p + 80) &* w; a6 &+= load(p + 96) &* w; a7 &+= load(p + 112) &* w
        }
    }
    let o = output + x
    store(a0, o); store(a1, o + 16); store(a2, o + 32); store(a3, o + 48)
    store(a4, o + 64); store(a5, o + 80); store(a6, o + 96); store(a7, o + 112)
}

/// `output[x] += input[x]`, or `output[x] = input[x]` with `isFirst`: how sums that fit 16 bits make one of 32.
public func accumulate(
    _ input: UnsafePointer<Int16>, into output: UnsafeMutablePointer<Int32>, isFirst: Bool, count: Int
) {
    if isFirst {
        for x in 0..<count { output[x] = Int32(input[x]) }
    } else {
        for x in 0..<count { output[x] = output[x] &+ Int32(input[x]) }
    }
}

/// The sum of taps over 32-bit samples; equal to `convolveTapsScalar`.
public func convolveTaps(
    _ rows: UnsafePointer<UnsafePointer<Int32>>, _ taps: UnsafeBufferPointer<Tap<Int32>>,
    _ output: UnsafeMutablePointer<Int32>, count: Int
) {
    var x = 0
    while x < count {
        let length = min(1024, count - x)
        for i in 0..<length { output[x + i] = 0 }
        for tap in taps {
            let p = rows[tap.row] + (x + tap.offset)
            let o = output + x
            let w = tap.weight
            for i in 0..<length { o[i] = o[i] &+ p[i] &* w }
        }
        x += length
    }
}
