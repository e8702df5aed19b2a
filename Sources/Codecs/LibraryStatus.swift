import CJPEG
import CPNG

/// The text in a C array of characters, which ends at its first zero or with the array.
func libraryText<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

extension svertka_jpeg_status {
    /// What libjpeg complained about, by kinds.
    var codecWarnings: [CodecWarning] {
        withUnsafePointer(to: self) { status in
            (0..<status.pointee.warning_kinds).map { index in
                let warning = svertka_jpeg_warning_at(status, index)!.pointee
                return CodecWarning(
                    warning.is_damage != 0 ? .damaged : .irregular, libraryText(warning.text), count: Int(warning.count)
                )
            }
        }
    }
}

extension svertka_png_status {
    /// What libpng complained about, by kinds.
    var codecWarnings: [CodecWarning] {
        withUnsafePointer(to: self) { status in
            (0..<status.pointee.warning_kinds).map { index in
                let warning = svertka_png_warning_at(status, index)!.pointee
                return CodecWarning(.irregular, libraryText(warning.text), count: Int(warning.count))
            }
        }
    }
}
