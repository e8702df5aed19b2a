/// Moves `count` pixels of `pixelBytes` bytes that lie `inputStep` bytes apart to places `outputStep` bytes apart.
///
/// Steps may be negative: a row is mirrored with `inputStep = -pixelBytes`, a column becomes a row with the distance
/// between two rows. Nothing has to be aligned.
public func movePixels(
    from input: UnsafeRawPointer, step inputStep: Int, to output: UnsafeMutableRawPointer, step outputStep: Int,
    pixelBytes: Int, count: Int
) {
    switch pixelBytes {
    case 1: move(UInt8.self, input, inputStep, output, outputStep, count)
    case 2: move(UInt16.self, input, inputStep, output, outputStep, count)
    case 3: move(Three<UInt8>.self, input, inputStep, output, outputStep, count)
    case 4: move(UInt32.self, input, inputStep, output, outputStep, count)
    case 6: move(Three<UInt16>.self, input, inputStep, output, outputStep, count)
    case 8: move(UInt64.self, input, inputStep, output, outputStep, count)
    case 12: move(Three<UInt32>.self, input, inputStep, output, outputStep, count)
    case 16: move(SIMD4<UInt32>.self, input, inputStep, output, outputStep, count)
    default:
        for i in 0..<count {
            (output + i * outputStep).copyMemory(from: input + i * inputStep, byteCount: pixelBytes)
        }
    }
}

/// The samples of one colour pixel, as wide as three words of memory.
private struct Three<Word: FixedWidthInteger & BitwiseCopyable>: BitwiseCopyable {
    var first, second, third: Word
}

@inline(__always)
private func move<Pixel: BitwiseCopyable>(
    _ pixel: Pixel.Type, _ input: UnsafeRawPointer, _ inputStep: Int, _ output: UnsafeMutableRawPointer,
    _ outputStep: Int, _ count: Int
) {
    for i in 0..<count {
        (output + i * outputStep).storeBytes(
            of: (input + i * inputStep).loadUnaligned(as: Pixel.self), as: Pixel.self)
    }
}

/// `output[x] = input[columns[x]]` for pixels of `pixelBytes` bytes.
public func gatherPixels(
    from input: UnsafeRawPointer, _ columns: [Int], to output: UnsafeMutableRawPointer, pixelBytes: Int
) {
    columns.withUnsafeBufferPointer { columns in
        switch pixelBytes {
        case 1: gather(UInt8.self, input, columns, output)
        case 2: gather(UInt16.self, input, columns, output)
        case 3: gather(Three<UInt8>.self, input, columns, output)
        case 4: gather(UInt32.self, input, columns, output)
        case 6: gather(Three<UInt16>.self, input, columns, output)
        case 8: gather(UInt64.self, input, columns, output)
        case 12: gather(Three<UInt32>.self, input, columns, output)
        case 16: gather(SIMD4<UInt32>.self, input, columns, output)
        default:
            for x in 0..<columns.count {
                (output + x * pixelBytes).copyMemory(from: input + columns[x] * pixelBytes, byteCount: pixelBytes)
            }
        }
    }
}

@inline(__always)
private func gather<Pixel: BitwiseCopyable>(
    _ pixel: Pixel.Type, _ input: UnsafeRawPointer, _ columns: UnsafeBufferPointer<Int>,
    _ output: UnsafeMutableRawPointer
) {
    let stride = MemoryLayout<Pixel>.stride
    for x in 0..<columns.count {
        (output + x * stride).storeBytes(
            of: (input + columns[x] * stride).loadUnaligned(as: Pixel.self), as: Pixel.self)
    }
}
