<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** Says why a setting is not taken. The message is for the shop's staff: translated, and without any secret in it. */
final class Refused extends \InvalidArgumentException
{
}
