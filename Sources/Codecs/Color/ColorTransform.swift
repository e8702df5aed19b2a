import CColor
import Raster

/// A transform of Little CMS from one profile to another, row by row.
///
/// Relative colorimetric with black point compensation; alpha is copied.
final class ColorTransform: @unchecked Sendable {
    // Never changes after init, and made without Little CMS's one-pixel cache, which makes concurrent use safe.
    private let handle: cmsHTRANSFORM

    /// - Parameters:
    ///   - source, target: how the samples lie, in Little CMS's own words (`PixelCode`).
    /// - Returns: nil when the profiles do not go together or memory is short.
    init?(from profile: Profile, _ source: UInt32, to result: Profile, _ target: UInt32) {
        let flags = cmsUInt32Number(cmsFLAGS_NOCACHE | cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_COPY_ALPHA)
        guard
            let handle = cmsCreateTransform(
                profile.handle, source, result.handle, target, cmsUInt32Number(INTENT_RELATIVE_COLORIMETRIC), flags)
        else { return nil }
        self.handle = handle
    }

    deinit { cmsDeleteTransform(handle) }

    func convert(pixels: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        cmsDoTransform(handle, source, target, cmsUInt32Number(pixels))
    }
}

/// How the samples of a pixel lie, as Little CMS writes it.
enum PixelCode {
    private static func code(space: Int32, channels: Int, extra: Int, bytes: Int, isInverted: Bool = false) -> UInt32 {
        UInt32(space) << 16 | (isInverted ? 1 << 13 : 0) | UInt32(extra) << 7 | UInt32(channels) << 3 | UInt32(bytes)
    }

    static func of(_ layout: ChannelLayout, _ sampleType: SampleType) -> UInt32 {
        code(
            space: layout.colorCount == 1 ? PT_GRAY : PT_RGB, channels: layout.colorCount,
            extra: layout.hasAlpha ? 1 : 0, bytes: sampleType.byteCount)
    }

    static func inks(isInverted: Bool) -> UInt32 {
        code(space: PT_CMYK, channels: 4, extra: 0, bytes: 1, isInverted: isInverted)
    }
}
