#pragma once
// Debian's libxml2 is built with ICU and its headers pull ICU's in, which clash with the ICU inside Foundation. Only
// two pointers at the end of a struct that we never make depend on it.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

// Whether the push parser waits inside a start tag: the part in which libxml2 2.9.14 is quadratic in attributes.
static inline int sluice_xml_waits_in_start_tag(xmlParserCtxtPtr context) {
    return context->instate == XML_PARSER_START_TAG;
}
