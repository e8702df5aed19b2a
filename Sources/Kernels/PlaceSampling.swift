import Raster

/// A whole picture, interleaved, that samples are taken from between its pixels.
public struct SampledPicture {
    public var base: UnsafeRawPointer
    public var bytesPerRow: Int
    public var size: ImageSize
    /// `uint8`, `uint16` or `float32`; pictures of two and four channels are `float32`.
    public var type: SampleType
    /// 1…4.
    public var channels: Int
    /// The value of alpha for every pixel of a picture of one or three channels; nil: the result has none either.
    public var addedAlpha: Float?
    /// The pixel that lies everywhere beyond the edge, alpha included.
    public var outside: SIMD4<Float>

    public init(
        base: UnsafeRawPointer, bytesPerRow: Int, size: ImageSize, type: SampleType, channels: Int,
        addedAlpha: Float? = nil, outside: SIMD4<Float>
    ) {
        self.base = base
        self.bytesPerRow = bytesPerRow
        self.size = size
        self.type = type
        self.channels = channels
        self.addedAlpha = addedAlpha
        self.outside = outside
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
    let line = Line(u: u, v: v, du: du, dv: dv, count: count)
    // One loop for each kind of pixel: what it is loaded and stored with is then known in it.
    switch (picture.channels, picture.type, picture.addedAlpha != nil) {
    case (1, .uint8, false): sample(Gray<UInt8>.self, picture, filter, line, output)
    case (1, .uint16, false): sample(Gray<UInt16>.self, picture, filter, line, output)
    case (1, .float32, false): sample(Gray<Float>.self, picture, filter, line, output)
    case (1, .uint8, true): sample(OpaqueGray<UInt8>.self, picture, filter, line, output)
    case (1, .uint16, true): sample(OpaqueGray<UInt16>.self, picture, filter, line, output)
    case (1, .float32, true): sample(OpaqueGray<Float>.self, picture, filter, line, output)
    case (2, .float32, _): sample(GrayAlpha.self, picture, filter, line, output)
    case (3, .uint8, false): sample(Color<UInt8>.self, picture, filter, line, output)
    case (3, .uint16, false): sample(Color<UInt16>.self, picture, filter, line, output)
    case (3, .float32, false): sample(Color<Float>.self, picture, filter, line, output)
    case (3, .uint8, true): sample(OpaqueColor<UInt8>.self, picture, filter, line, output)
    case (3, .uint16, true): sample(OpaqueColor<UInt16>.self, picture, filter, line, output)
    case (3, .float32, true): sample(OpaqueColor<Float>.self, picture, filter, line, output)
    case (4, .float32, _): sample(ColorAlpha.self, picture, filter, line, output)
    default: preconditionFailure("\(picture.channels) channels of \(picture.type.rawValue)")
    }
}

private struct Line {
    let u: Double
    let v: Double
    let du: Double
    let dv: Double
    let count: Int
}

// MARK: Pixels

private typealias Pixel = SIMD4<Float>

private protocol PlaceSample: BitwiseCopyable {
    var float: Float { get }
}

extension UInt8: PlaceSample {
    @inline(__always) fileprivate var float: Float { Float(self) }
}

extension UInt16: PlaceSample {
    @inline(__always) fileprivate var float: Float { Float(self) }
}

extension Float: PlaceSample {
    @inline(__always) fileprivate var float: Float { self }
}

/// How the samples of a pixel come into a vector.
private protocol PixelLoading {
    associatedtype Sample: PlaceSample
    static var channels: Int { get }
    static var results: Int { get }
    static func load(_ p: UnsafePointer<Sample>, _ alpha: Float) -> Pixel
    /// The same where the sample behind the pixel can be read as well; what is no channel may hold anything.
    static func loadInside(_ p: UnsafePointer<Sample>) -> Pixel
}

extension PixelLoading {
    @inline(__always) static func loadInside(_ p: UnsafePointer<Sample>) -> Pixel { load(p, 0) }
}

private enum Gray<Sample: PlaceSample>: PixelLoading {
    static var channels: Int { 1 }
    static var results: Int { 1 }
    @inline(__always) static func load(_ p: UnsafePointer<Sample>, _ alpha: Float) -> Pixel {
        Pixel(p[0].float, 0, 0, 0)
    }
}

private enum OpaqueGray<Sample: PlaceSample>: PixelLoading {
    static var channels: Int { 1 }
    static var results: Int { 2 }
    @inline(__always) static func load(_ p: UnsafePointer<Sample>, _ alpha: Float) -> Pixel {
        Pixel(p[0].float, alpha, 0, 0)
    }
}

private enum GrayAlpha: PixelLoading {
    static var channels: Int { 2 }
    static var results: Int { 2 }
    @inline(__always) static func load(_ p: UnsafePointer<Float>, _ alpha: Float) -> Pixel {
        Pixel(p[0], p[1], 0, 0)
    }
}

private enum Color<Sample: PlaceSample>: PixelLoading {
    static var channels: Int { 3 }
    static var results: Int { 3 }
    @inline(__always) static func load(_ p: UnsafePointer<Sample>, _ alpha: Float) -> Pixel {
        Pixel(p[0].float, p[1].float, p[2].float, 0)
    }
    @inline(__always) static func loadInside(_ p: UnsafePointer<Sample>) -> Pixel {
        Pixel(p[0].float, p[1].float, p[2].float, p[3].float)
    }
}

private enum OpaqueColor<Sample: PlaceSample>: PixelLoading {
    static var channels: Int { 3 }
    static var results: Int { 4 }
    @inline(__always) static func load(_ p: UnsafePointer<Sample>, _ alpha: Float) -> Pixel {
        Pixel(p[0].float, p[1].float, p[2].float, alpha)
    }
    @inline(__always) static func loadInside(_ p: UnsafePointer<Sample>) -> Pixel { Color<Sample>.loadInside(p) }
}

private enum ColorAlpha: PixelLoading {
    static var channels: Int { 4 }
    static var results: Int { 4 }
    @inline(__always) static func load(_ p: UnsafePointer<Float>, _ alpha: Float) -> Pixel {
        UnsafeRawPointer(p).loadUnaligned(as: Pixel.self)
    }
}

// MARK: Places

/// The pixels around a place.
private protocol Surroundings {
    func pixel(_ dx: Int, _ dy: Int) -> Pixel
}

/// All of them inside the picture, and none the last of a row.
private struct Inside<Loading: PixelLoading>: Surroundings {
    let place: UnsafeRawPointer
    let bytesPerRow: Int

    @inline(__always) func pixel(_ dx: Int, _ dy: Int) -> Pixel {
        let row = (place + dy * bytesPerRow).assumingMemoryBound(to: Loading.Sample.self)
        return Loading.loadInside(row + dx * Loading.channels)
    }
}

/// Some of them beyond the edge.
private struct AtEdge<Loading: PixelLoading>: Surroundings {
    let picture: SampledPicture
    let column: Int
    let row: Int
    let alpha: Float

    @inline(__always) func pixel(_ dx: Int, _ dy: Int) -> Pixel {
        let (x, y) = (column + dx, row + dy)
        guard x >= 0, y >= 0, x < picture.size.width, y < picture.size.height else { return picture.outside }
        let row = (picture.base + y * picture.bytesPerRow).assumingMemoryBound(to: Loading.Sample.self)
        return Loading.load(row + x * Loading.channels, alpha)
    }
}

@inline(__always)
private func sample<Loading: PixelLoading>(
    _ loading: Loading.Type, _ picture: SampledPicture, _ filter: PlaceFilter, _ line: Line,
    _ output: UnsafeMutablePointer<Float>
) {
    let alpha = picture.addedAlpha ?? 0
    let (width, height) = (picture.size.width, picture.size.height)
    let pixelBytes = Loading.channels * MemoryLayout<Loading.Sample>.stride
    for x in 0..<line.count {
        let placeX = line.u + Double(x) * line.du
        let placeY = line.v + Double(x) * line.dv
        let (floorX, floorY) = (placeX.rounded(.down), placeY.rounded(.down))
        let (column, row) = (Int(floorX), Int(floorY))
        let (fx, fy) = (Float(placeX - floorX), Float(placeY - floorY))
        var result: Pixel
        if column >= 1, row >= 1, column + 3 < width, row + 2 < height {
            let place = picture.base + row * picture.bytesPerRow + column * pixelBytes
            result = between(Inside<Loading>(place: place, bytesPerRow: picture.bytesPerRow), filter, fx, fy)
            // Between opaque pixels everything is opaque.
            if Loading.results > Loading.channels { result[Loading.channels] = alpha }
        } else if column < -2 || row < -2 || column > width || row > height {
            result = picture.outside
        } else {
            let around = AtEdge<Loading>(picture: picture, column: column, row: row, alpha: alpha)
            result = between(around, filter, fx, fy)
        }
        let o = output + x * Loading.results
        for c in 0..<Loading.results { o[c] = result[c] }
    }
}

@inline(__always)
private func between<Around: Surroundings>(_ around: Around, _ filter: PlaceFilter, _ fx: Float, _ fy: Float) -> Pixel {
    switch filter {
    case .bilinear: bilinear(around, fx, fy)
    case .bicubic: bicubic(around, fx, fy)
    }
}

@inline(__always)
private func bilinear<Around: Surroundings>(_ around: Around, _ fx: Float, _ fy: Float) -> Pixel {
    let (p00, p01) = (around.pixel(0, 0), around.pixel(1, 0))
    let (p10, p11) = (around.pixel(0, 1), around.pixel(1, 1))
    let (wx, wy) = (Pixel(repeating: fx), Pixel(repeating: fy))
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
private func bicubic<Around: Surroundings>(_ around: Around, _ fx: Float, _ fy: Float) -> Pixel {
    let (across, down) = (cubicWeights(fx), cubicWeights(fy))
    let base = around.pixel(0, 0)
    var sum = base
    sum.addProduct(Pixel(repeating: down.x), alongRow(around, -1, across, base))
    sum.addProduct(Pixel(repeating: down.y), alongRow(around, 0, across, base))
    sum.addProduct(Pixel(repeating: down.z), alongRow(around, 1, across, base))
    sum.addProduct(Pixel(repeating: down.w), alongRow(around, 2, across, base))
    return sum
}

/// One row's share of a cubic, as differences from `base`.
@inline(__always)
private func alongRow<Around: Surroundings>(_ around: Around, _ dy: Int, _ across: Pixel, _ base: Pixel) -> Pixel {
    var sum = Pixel(repeating: across.x) * (around.pixel(-1, dy) - base)
    sum.addProduct(Pixel(repeating: across.y), around.pixel(0, dy) - base)
    sum.addProduct(Pixel(repeating: across.z), around.pixel(1, dy) - base)
    sum.addProduct(Pixel(repeating: across.w), around.pixel(2, dy) - base)
    return sum
}
