/// Width and height in pixels.
public struct ImageSize: Sendable, Hashable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    public var pixelCount: Int { width * height }
    public var megapixels: Double { Double(width) * Double(height) / 1e6 }
    public var transposed: ImageSize { ImageSize(width: height, height: width) }
}

extension ImageSize: CustomStringConvertible {
    public var description: String { "\(width)×\(height)" }
}
