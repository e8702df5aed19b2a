/// A whole picture of floats, interleaved, that samples are taken from between its pixels.
///
/// - Precondition: one float behind the last pixel of every row can be read.
public struct SampledPicture {
    public var base: UnsafePointer<Float>
    /// Samples from one row to the next.
    public var rowStride: Int
    public var width: Int
    public var height: Int
    /// 1…4.
    public var channels: Int
    /// The pixel that lies everywhere beyond the edge.
    public var outside: SIMD4<Float>

    public init(
        base: UnsafePointer<Float>, rowStride: Int, width: Int, height: Int, channels: Int, outside: SIMD4<Float>
    ) {
        self.base = base
        self.rowStride = rowStride
        self.width = width
        self.height = height
        self.channels = channels
        self.outside = outside
    }

    @inline(__always)
    fileprivate func pixel(_ x: Int, _ y: Int) -> SIMD4<Float> {
        guard x >= 0, y >= 0, x < width, y < height else { return outside }
        return inside(x, y)
    }

    @inline(__always)
    fileprivate func inside(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let p = UnsafeRawPointer(base + y * rowStride + x * channels)
        if channels < 3 {
            let pair = p.loadUnaligned(as: SIMD2<Float>.self)
            return SIMD4(lowHalf: pair, highHalf: .zero)
        }
        return p.loadUnaligned(as: SIMD4<Float>.self)
    }

    @inline(__always)
    fileprivate func write(_ pixel: SIMD4<Float>, _ output: UnsafeMutablePointer<Float>) {
        for c in 0..<channels { output[c] = pixel[c] }
    }
}

/// How a value between pixels is made of those around it.
public enum PlaceFilter: Sendable {
    /// Four pixels.
    case bilinear
    /// Sixteen pixels, with Keys' cubic, a = −½.
    case bicubic
}

/// `count` pixels at (`u + x · du`, `v + x · dv`), where (0, 0) is the middle of the upper left pixel.
///
/// Values are taken as differences from the pixel at (⌊u⌋, ⌊v⌋), so that a constant stays exactly what it is.
public func samplePlaces(
    _ picture: SampledPicture, _ filter: PlaceFilter, u: Double, v: Double, du: Double, dv: Double,
    to output: UnsafeMutablePointer<Float>, count: Int
) {
    for x in 0..<count {
        let (placeX, placeY) = (u + Double(x) * du, v + Double(x) * dv)
        let (floorX, floorY) = (placeX.rounded(.down), placeY.rounded(.down))
        let (column, row) = (Int(floorX), Int(floorY))
        let (fx, fy) = (Float(placeX - floorX), Float(placeY - floorY))
        let result: SIMD4<Float>
        if column < -2 || row < -2 || column > picture.width || row > picture.height {
            result = picture.outside
        } else {
            result =
                switch filter {
                case .bilinear: bilinear(picture, column, row, fx, fy)
                case .bicubic: bicubic(picture, column, row, fx, fy)
                }
        }
        picture.write(result, output + x * picture.channels)
    }
}

@inline(__always)
private func bilinear(
    _ picture: SampledPicture, _ column: Int, _ row: Int, _ fx: Float, _ fy: Float
) -> SIMD4<Float> {
    let p00 = picture.pixel(column, row), p01 = picture.pixel(column + 1, row)
    let p10 = picture.pixel(column, row + 1), p11 = picture.pixel(column + 1, row + 1)
    let (wx, wy) = (SIMD4<Float>(repeating: fx), SIMD4<Float>(repeating: fy))
    let top = p00.addingProduct(wx, p01 - p00)
    let bottom = p10.addingProduct(wx, p11 - p10)
    return top.addingProduct(wy, bottom - top)
}

/// Keys' weights, a = −½, of the pixels at −1, 0, 1 and 2, for a place `f` after 0.
@inline(__always)
private func cubicWeights(_ f: Float) -> SIMD4<Float> {
    let square = f * f
    let cube = square * f
    return SIMD4(
        -0.5 * cube + square - 0.5 * f, 1.5 * cube - 2.5 * square + 1, -1.5 * cube + 2 * square + 0.5 * f,
        0.5 * cube - 0.5 * square)
}

@inline(__always)
private func bicubic(
    _ picture: SampledPicture, _ column: Int, _ row: Int, _ fx: Float, _ fy: Float
) -> SIMD4<Float> {
    let (across, down) = (cubicWeights(fx), cubicWeights(fy))
    let base = picture.pixel(column, row)
    var sum = base
    if column >= 1, row >= 1, column + 2 < picture.width, row + 2 < picture.height {
        for i in 0..<4 {
            for j in 0..<4 {
                let weight = SIMD4<Float>(repeating: down[i] * across[j])
                sum.addProduct(weight, picture.inside(column + j - 1, row + i - 1) - base)
            }
        }
    } else {
        for i in 0..<4 {
            for j in 0..<4 {
                let weight = SIMD4<Float>(repeating: down[i] * across[j])
                sum.addProduct(weight, picture.pixel(column + j - 1, row + i - 1) - base)
            }
        }
    }
    return sum
}
